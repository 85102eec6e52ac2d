/* expect: abort "double free"
 * needs:  quarry
 * why:    a region that went is remembered */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_vmalloc(3 * PAGE);
    CHECK(p != NULL);
    announce("double free", p, 0);
    quarry_vfree(p);
    quarry_vfree(opaque(p));
    return 2;
}
