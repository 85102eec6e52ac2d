/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    32 GiB up the arena may come to be its own one day and is nobody's now */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("foreign pointer", p + 32 * GIB, 0);
    free(opaque(p + 32 * GIB));
    return 2;
}
