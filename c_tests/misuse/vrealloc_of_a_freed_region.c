/* expect: abort "double free"
 * needs:  quarry
 * why:    a region is resized after it was freed */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_vmalloc(100);
    CHECK(p != NULL);
    announce("double free", p, 0);
    quarry_vfree(p);
    return quarry_vrealloc(opaque(p), 0) == NULL ? 2 : 3;
}
