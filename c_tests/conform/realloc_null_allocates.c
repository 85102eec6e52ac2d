/* expect: exit 0
 * why:    C11 7.22.3.5p3: if ptr is a null pointer, realloc behaves like malloc */
#include "../check.h"

int main(void) {
    for (size_t size = 0; size < 100 * MIB; size = size * 2 + 1) {
        char *p = realloc(NULL, size);
        CHECK_AT(p != NULL && malloc_usable_size(p) >= size, size);
        memset(p, 1, size);
        free(p);
        CHECK_AT((p = reallocarray(NULL, size, 1)) != NULL, size);
        memset(p, 1, size);
        free(p);
    }
    return 0;
}
