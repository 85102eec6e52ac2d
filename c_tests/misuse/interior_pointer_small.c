/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    16 bytes into a 64-byte object: aligned as objects are, but no object starts there */
#include "stop.h"

int main(void) {
    char *p = malloc(64);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 16, 64, p);
    free(opaque(p + 16));
    malloc_trim(0);
    return 2;
}
