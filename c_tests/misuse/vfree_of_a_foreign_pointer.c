/* expect: abort "not a region"
 * needs:  quarry
 * why:    quarry_vfree of memory that is not the library's */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("not a region", p, 0);
    quarry_vfree(p);
    return 2;
}
