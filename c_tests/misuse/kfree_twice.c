/* expect: abort "double free"
 * needs:  quarry
 * why:    quarry_kfree is free */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_kmalloc(20 * KIB, QUARRY_ZERO);
    CHECK(p != NULL);
    announce("double free", p, quarry_ksize(p));
    quarry_kfree(p);
    quarry_kfree(opaque(p));
    malloc_trim(0);
    return 2;
}
