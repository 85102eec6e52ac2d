/* expect: abort "wrong order"
 * needs:  quarry
 * why:    pages are freed by quarry_free_pages_exact with another size than theirs */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages_exact(100 * PAGE);
    CHECK(p != NULL);
    announce("wrong order", p, 0);
    quarry_free_pages_exact(p, 90 * PAGE);
    return 2;
}
