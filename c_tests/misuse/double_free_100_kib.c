/* expect: abort "double free"
 * needs:  quarry
 * why:    a run class: the run was given back whole by the first free that is drained */
#include "stop.h"

int main(void) {
    char *p = malloc(100 * KIB);
    CHECK(p != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
