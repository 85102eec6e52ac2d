/* expect: exit 0
 * needs:  quarry
 * why:    a region that cannot be had is NULL and ENOMEM, and one that cannot grow stays as it was */
#include "levels.h"

int main(void) {
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 4096, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX, (size_t)1 << 47};
    char *p = quarry_vmalloc(100);
    CHECK(p != NULL);
    fill(p, 100, 1);
    for (int i = 0; i < 5; i++) {
        errno = 0;
        CHECK_AT(quarry_vmalloc(opaque_size(sizes[i])) == NULL && errno == ENOMEM, i);
        errno = 0;
        CHECK_AT(quarry_vzalloc(opaque_size(sizes[i])) == NULL && errno == ENOMEM, i);
        errno = 0;
        CHECK_AT(quarry_vrealloc(p, opaque_size(sizes[i])) == NULL && errno == ENOMEM, i);
        errno = 0;
        CHECK_AT(quarry_vrealloc(NULL, opaque_size(sizes[i])) == NULL && errno == ENOMEM, i);
    }
    CHECK(holds(p, 100, 1) && malloc_usable_size(p) == PAGE);
    quarry_vfree(p);
    return 0;
}
