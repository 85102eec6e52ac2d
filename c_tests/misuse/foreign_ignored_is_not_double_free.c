/* expect: abort "double free"
 * needs:  quarry
 * conf:   foreign:ignore
 * why:    what was ours is no foreign pointer */
#include "stop.h"

int main(void) {
    char *p = malloc(2 * GIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    free(opaque(p));
    return 2;
}
