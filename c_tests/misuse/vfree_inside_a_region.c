/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    the second page of a region is freed */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_vmalloc(3 * PAGE);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + PAGE, 0, p);
    quarry_vfree(opaque(p + PAGE));
    return 2;
}
