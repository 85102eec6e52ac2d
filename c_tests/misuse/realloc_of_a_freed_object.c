/* expect: abort "double free"
 * needs:  quarry
 * why:    realloc moves the contents and frees what was free already: told when the magazine is drained */
#include "stop.h"

int main(void) {
    char *p = malloc(1000);
    CHECK(p != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    free(realloc(opaque(p), 100000));
    malloc_trim(0);
    return 2;
}
