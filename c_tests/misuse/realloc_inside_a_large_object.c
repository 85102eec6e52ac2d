/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    realloc of an address inside a large object would move a part of it */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + MIB, 0, p);
    return realloc(opaque(p + MIB), 100) == NULL ? 2 : 3;
}
