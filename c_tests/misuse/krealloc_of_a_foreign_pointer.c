/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    quarry_krealloc of memory that is not the library's */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    return quarry_krealloc(p, 100, QUARRY_ZERO) == NULL ? 2 : 3;
}
