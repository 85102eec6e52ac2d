/* expect: exit 0
 * why:    C11 7.22.3: a null pointer if the space cannot be allocated; POSIX: errno = ENOMEM; glibc manual: no object is
 *         larger than PTRDIFF_MAX, so that the difference of two pointers into it exists */
#include "../check.h"

#define REFUSED(call, size) (errno = 0, CHECK_AT((call) == NULL && errno == ENOMEM, size))

int main(void) {
    const size_t sizes[] = {PTRDIFF_MAX, (size_t)PTRDIFF_MAX + 1, SIZE_MAX - 65536, SIZE_MAX - 4096, SIZE_MAX - 4095,
                            SIZE_MAX - 64, SIZE_MAX - 16, SIZE_MAX - 15, SIZE_MAX - 8, SIZE_MAX - 1, SIZE_MAX};
    char *kept = malloc(100);
    CHECK(kept != NULL);
    fill(kept, 100, 1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = opaque_size(sizes[i]);
        void *untouched = kept;
        REFUSED(malloc(size), size);
        REFUSED(calloc(1, size), size);
        REFUSED(calloc(size, 1), size);
        REFUSED(realloc(NULL, size), size);
        REFUSED(realloc(kept, size), size);
        REFUSED(reallocarray(kept, size, 1), size);
        REFUSED(aligned_alloc(16, size), size);
        REFUSED(aligned_alloc(4096, size), size);
        REFUSED(memalign(64, size), size);
        REFUSED(valloc(size), size);
        REFUSED(pvalloc(size), size);
        CHECK_AT(posix_memalign(&untouched, 64, size) == ENOMEM && untouched == kept, size);
        CHECK_AT(holds(kept, 100, 1), size);
    }
    free(kept);
    return 0;
}
