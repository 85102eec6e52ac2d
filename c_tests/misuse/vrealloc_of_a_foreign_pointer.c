/* expect: abort "not a region"
 * needs:  quarry
 * why:    quarry_vrealloc of memory that is not the library's */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("not a region", p, 0);
    return quarry_vrealloc(p, 100) == NULL ? 2 : 3;
}
