/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    realloc frees, so it stops as free does */
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    free(realloc(p, 1000));
    return 2;
}
