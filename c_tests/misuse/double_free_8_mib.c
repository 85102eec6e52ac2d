/* expect: abort "double free"
 * needs:  quarry
 * why:    beyond 4 MiB no magazine is between free and the buddy system: it stops at once */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    free(opaque(p));
    return 2;
}
