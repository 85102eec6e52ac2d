/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    an object beyond 1 GiB has a memory area of its own, which is gone after the first free: the address is nobody's */
#include "stop.h"

int main(void) {
    char *p = malloc(2 * GIB);
    CHECK(p != NULL);
    announce("foreign pointer", p, 0);
    free(p);
    free(opaque(p));
    return 2;
}
