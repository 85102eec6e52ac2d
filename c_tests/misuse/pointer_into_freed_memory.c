/* expect: abort "unallocated pointer"
 * needs:  quarry
 * why:    no object is there now, and none began there: it is not a second free of the one that did begin 1 MiB before */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("unallocated pointer", p + MIB, 0);
    free(p);
    free(opaque(p + MIB));
    return 2;
}
