/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    inside a run of the buddy system, on a granule's start; beyond 4 MiB free stops at once */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + MIB, 0, p);
    free(opaque(p + MIB));
    return 2;
}
