/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    an address outside the arena is recognised before anything behind it is read */
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    free(p);
    return 2;
}
