/* expect: abort "unallocated pointer"
 * needs:  quarry
 * why:    an address in the arena, inside a run that is free: no object is there, and none started there */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("unallocated pointer", p + MIB, 0);
    free(p);
    free(opaque(p + MIB));
    return 2;
}
