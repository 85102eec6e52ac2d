/* expect: abort "double free"
 * needs:  quarry
 * why:    beyond the classes it is told at once */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    return realloc(opaque(p), 16 * MIB) == NULL ? 2 : 3;
}
