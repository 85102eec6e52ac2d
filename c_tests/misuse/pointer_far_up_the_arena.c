/* expect: abort "unallocated pointer"
 * needs:  quarry
 * why:    40 MiB up the arena is reserved, but nothing was committed there yet, neither memory nor the map of it: the message
 *         must come before a fault */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("unallocated pointer", p + 40 * MIB, 0);
    free(opaque(p + 40 * MIB));
    return 2;
}
