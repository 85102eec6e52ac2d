/* expect: abort "double free"
 * needs:  quarry
 * why:    free(p), free(q), free(p): allocators that compare with the last pointer only do not see this one */
#include "stop.h"

int main(void) {
    char *p = malloc(1000), *q = malloc(1000), *r = malloc(1000);
    CHECK(p != NULL && q != NULL && r != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    free(q);
    free(r);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
