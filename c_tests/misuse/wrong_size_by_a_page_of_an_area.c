/* expect: abort "wrong order"
 * needs:  quarry
 * why:    above 1 GiB exact pages are an area of their own, which is known to the page */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages_exact(GIB + 2 * PAGE);
    CHECK(p != NULL);
    announce("wrong order", p, 0);
    quarry_free_pages_exact(p, GIB + PAGE);
    return 2;
}
