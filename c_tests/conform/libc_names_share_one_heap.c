/* expect: exit 0
 * needs:  quarry
 * why:    glibc exports __libc_malloc and its kin, and old wrappers call them: what they give must be ours, and each may free
 *         what another gave */
#include "../check.h"
#include "../names.h"

int main(void) {
    for (size_t size = 1; size <= 8 * MIB; size = size * 3 + 1) {
        void *p = NULL;
        free(__libc_malloc(size));
        CHECK_AT((p = __libc_calloc(2, size)) != NULL && is_zero(p, 2 * size), size);
        CHECK_AT((p = __libc_realloc(p, 3 * size)) != NULL && is_zero(p, 2 * size), size);
        CHECK_AT((p = realloc(p, size)) != NULL && malloc_usable_size(p) >= size, size);
        __libc_free(p);
        __libc_free(malloc(size));
        __libc_cfree(__libc_valloc(size));
        __libc_cfree(calloc(2, size));
        CHECK_AT((p = __libc_memalign(4096, size)) != NULL && (p = realloc(p, 2 * size)) != NULL, size);
        free(p);
        CHECK_AT((p = __libc_pvalloc(size)) != NULL && (p = __libc_realloc(p, 2 * size)) != NULL, size);
        free(p);
        CHECK_AT(__posix_memalign(&p, 256, size) == 0 && malloc_usable_size(p) >= size, size);
        __libc_free(p);
    }
    errno = 0;
    CHECK(__libc_malloc(opaque_size(SIZE_MAX)) == NULL && errno == ENOMEM);
    return 0;
}
