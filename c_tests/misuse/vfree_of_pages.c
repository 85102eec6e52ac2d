/* expect: abort "not a region"
 * needs:  quarry
 * why:    a run of the buddy is no memory area of its own */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(6);
    CHECK(p != NULL);
    announce("not a region", p, 0);
    quarry_vfree(p);
    return 2;
}
