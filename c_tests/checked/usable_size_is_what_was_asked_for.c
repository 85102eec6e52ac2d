/* expect: exit 0
 * needs:  quarry
 * conf:   checked:true
 * why:    what lies behind is the canary's: a program that uses all of its usable size must not meet it */
#include "../check.h"

int main(void) {
    for (size_t size = 0; size < 300000; size = size * 9 / 8 + 1) {
        char *p = malloc(size), *q = aligned_alloc(256, size);
        CHECK_AT(p != NULL && q != NULL && (uintptr_t)q % 256 == 0, size);
        CHECK_AT(malloc_usable_size(p) == size && malloc_usable_size(q) == size, size);
        fill(p, size, 1);
        fill(q, size, 2);
        p = realloc(p, size + 1);
        CHECK_AT(p != NULL && holds(p, size, 1) && holds(q, size, 2), size);
        free(p);
        free(q);
    }
    return 0;
}
