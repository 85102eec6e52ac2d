/* expect: abort "unallocated pointer"
 * needs:  quarry
 * why:    32 GiB up the arena nothing was committed yet, neither memory nor the map of it: the message must come
 *         before a fault */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("unallocated pointer", p + 32 * GIB, 0);
    free(opaque(p + 32 * GIB));
    return 2;
}
