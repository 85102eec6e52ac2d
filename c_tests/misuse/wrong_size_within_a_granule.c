/* expect: abort "wrong order"
 * needs:  quarry
 * why:    exact pages of 16 KiB, freed as more: a slab object is no run */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages_exact(16 * KIB);
    CHECK(p != NULL);
    announce("wrong order", p, 16 * KIB);
    quarry_free_pages_exact(p, 20 * KIB);
    return 2;
}
