/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    inside a memory area of its own, on a page's start; to give back a part of it would leave the rest to nobody */
#include "stop.h"

int main(void) {
    char *p = malloc(2 * GIB);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + GIB, 0, p);
    free(opaque(p + GIB));
    return 2;
}
