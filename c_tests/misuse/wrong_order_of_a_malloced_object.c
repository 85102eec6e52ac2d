/* expect: abort "wrong order"
 * needs:  quarry
 * why:    an object of malloc's that no pages could be: 100 bytes are freed as a page */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = malloc(100);
    CHECK(p != NULL);
    announce("wrong order", p, malloc_usable_size(p));
    quarry_free_pages(p, 0);
    return 2;
}
