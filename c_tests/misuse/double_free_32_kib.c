/* expect: abort "double free"
 * needs:  quarry
 * why:    the largest slab class: few objects to a slab */
#include "stop.h"

int main(void) {
    char *p = malloc(32 * KIB);
    CHECK(p != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
