/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    realloc(p, 0) frees, so it stops as free does */
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    free(realloc(p, opaque_size(0)));
    return 2;
}
