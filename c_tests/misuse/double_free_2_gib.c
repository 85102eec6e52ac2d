/* expect: abort "double free"
 * needs:  quarry
 * why:    an object beyond 1 GiB has a memory area of its own, which is gone after the first free: that it was ours has to be
 *         remembered */
#include "stop.h"

int main(void) {
    char *p = malloc(2 * GIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    free(opaque(p));
    return 2;
}
