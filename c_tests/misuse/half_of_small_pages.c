/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    the second of two pages is freed as a page */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(1);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + PAGE, 2 * PAGE, p);
    quarry_free_pages(opaque(p + PAGE), 0);
    return 2;
}
