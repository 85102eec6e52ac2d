/* expect: abort "double free"
 * needs:  quarry
 * why:    two threads free one object: the magazines of both meet in the slab */
#include "stop.h"

static void *free_it(void *p) {
    free(p);
    return NULL;
}

int main(void) {
    char *p = malloc(500);
    CHECK(p != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    join(start(free_it, opaque(p)));
    malloc_trim(0);
    return 2;
}
