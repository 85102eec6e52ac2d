/* expect: exit 0
 * needs:  quarry
 * why:    the quarry_* functions are the malloc family under names of their own: one heap, one contract */
#include "../check.h"
#include "../names.h"

int main(void) {
    for (size_t size = 0; size <= 8 * MIB; size = size * 3 + 1) {
        char *p = quarry_malloc(size);
        CHECK_AT(p != NULL && quarry_malloc_usable_size(p) == malloc_usable_size(p), size);
        fill(p, size, 1);
        CHECK_AT((p = quarry_realloc(p, size + 1000)) != NULL && holds(p, size, 1), size);
        free(p);
        CHECK_AT((p = quarry_calloc(size, 2)) != NULL && is_zero(p, 2 * size), size);
        quarry_free(p);
        CHECK_AT((p = quarry_aligned_alloc(8192, size)) != NULL && (uintptr_t)p % 8192 == 0, size);
        quarry_free(p);
        quarry_free(malloc(size));
    }
    quarry_free(opaque(NULL));
    CHECK(quarry_malloc_usable_size(NULL) == 0);
    errno = 0;
    CHECK(quarry_malloc(opaque_size(SIZE_MAX)) == NULL && errno == ENOMEM);
    const char *version = quarry_version();
    CHECK(version != NULL && version[0] >= '0' && version[0] <= '9' && strchr(version, '.') != NULL);
    return 0;
}
