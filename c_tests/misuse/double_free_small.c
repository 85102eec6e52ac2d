/* expect: abort "double free"
 * needs:  quarry
 * why:    the second free finds a free bit at the latest when the magazine that holds both is drained, as malloc_trim does */
#include "stop.h"

int main(void) {
    char *p = malloc(16);
    CHECK(p != NULL);
    announce("double free", p, 16);
    free(p);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
