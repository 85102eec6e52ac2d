/* expect: exit 0
 * why:    C11 7.22.3.5p3: if memory cannot be allocated, the old object is not deallocated and its value is unchanged */
#include "../check.h"

int main(void) {
    const size_t sizes[] = {1, 16, 100, 4000, 30000, 100 * KIB, 3 * MIB, 8 * MIB, GIB + MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i], watched = size < MIB ? size : MIB;
        char *p = malloc(size);
        CHECK_AT(p != NULL, size);
        fill(p, watched, i);
        for (int round = 0; round < 3; round++) {
            errno = 0;
            CHECK_AT(realloc(p, opaque_size((size_t)PTRDIFF_MAX - 4096)) == NULL && errno == ENOMEM, size);
            CHECK_AT(holds(p, watched, i), size);
        }
        CHECK_AT(malloc_usable_size(p) >= size, size);
        free(p);
    }
    return 0;
}
