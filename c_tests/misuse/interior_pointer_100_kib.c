/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    32 KiB into a run class: the start of a granule, but not of the run */
#include "stop.h"

int main(void) {
    char *p = malloc(100 * KIB);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 32 * KIB, malloc_usable_size(p), p);
    free(opaque(p + 32 * KIB));
    malloc_trim(0);
    return 2;
}
