/* expect: abort "wrong order"
 * needs:  quarry
 * why:    exact pages beyond 16 KiB, freed as 16 KiB: a run is no slab object */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages_exact(20 * KIB);
    CHECK(p != NULL);
    announce("wrong order", p, 0);
    quarry_free_pages_exact(p, 16 * KIB);
    return 2;
}
