/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    there is no size to tell; a made-up one would be written to */
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    return malloc_usable_size(p) != 0;
    return 2;
}
