/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    an odd address inside the first object of a slab: rounding it down would hide the mistake */
#include "stop.h"

int main(void) {
    char *p = malloc(5000);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 1, malloc_usable_size(p), p);
    free(opaque(p + 1));
    malloc_trim(0);
    return 2;
}
