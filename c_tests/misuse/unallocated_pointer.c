/* expect: abort "unallocated pointer"
 * needs:  quarry
 * why:    an address in the arena where nothing was ever handed out: 5 MiB leave the tail of their 8 MiB free and untouched */
#include "stop.h"

int main(void) {
    char *p = malloc(5 * MIB);
    CHECK(p != NULL);
    announce("unallocated pointer", p + 6 * MIB, 0);
    free(opaque(p + 6 * MIB));
    return 2;
}
