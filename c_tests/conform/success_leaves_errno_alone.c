/* expect: exit 0
 * needs:  quarry
 * why:    C11 7.5p3 lets a library function set errno on success; ours do not, whatever system calls they made on the way */
#include "../check.h"

int main(void) {
    for (size_t size = 1; size <= 2 * GIB; size = size * 3 / 2 + 1) {
        void *p = NULL;
        errno = 4711;
        CHECK_AT((p = malloc(size)) != NULL && errno == 4711, size);
        CHECK_AT((p = realloc(p, size + size / 3 + 100)) != NULL && errno == 4711, size);
        CHECK_AT(malloc_usable_size(p) > size && errno == 4711, size);
        free(p);
        if (size < 64 * MIB) {
            CHECK_AT((p = calloc(3, size)) != NULL && errno == 4711, size);
            free(p);
        }
        CHECK_AT((p = aligned_alloc(65536, size)) != NULL && errno == 4711, size);
        free(p);
        malloc_trim(0);
        CHECK_AT(errno == 4711, size);
    }
    return 0;
}
