/* expect: exit 0
 * needs:  quarry
 * why:    an unknown flag, and NOFAIL with NOWAIT, are EINVAL; a size above PTRDIFF_MAX is ENOMEM; the object stays as it was */
#include "levels.h"

int main(void) {
    const unsigned bad[] = {16, 1u << 31, QUARRY_NOFAIL | QUARRY_NOWAIT, ~0u, QUARRY_ZERO | 32};
    const unsigned good[] = {0, QUARRY_ZERO, QUARRY_NOWAIT, QUARRY_HUGE, QUARRY_HUGE | QUARRY_ZERO};
    char *p = malloc(100);
    CHECK(p != NULL);
    fill(p, 100, 1);
    for (int i = 0; i < 5; i++) {
        errno = 0;
        CHECK_AT(quarry_kmalloc(10, bad[i]) == NULL && errno == EINVAL, bad[i]);
        errno = 0;
        CHECK_AT(quarry_kzalloc(10, bad[i]) == NULL && errno == EINVAL, bad[i]);
        errno = 0;
        CHECK_AT(quarry_krealloc(p, 10, bad[i]) == NULL && errno == EINVAL, bad[i]);
        errno = 0;
        CHECK_AT(quarry_krealloc(p, 0, bad[i]) == NULL && errno == EINVAL && holds(p, 100, 1), bad[i]);
        for (size_t size = PTRDIFF_MAX; size > 10; size = size == SIZE_MAX ? 0 : size < SIZE_MAX / 2 + 9 ? size + 1 : SIZE_MAX) {
            errno = 0;
            CHECK_AT(quarry_kmalloc(opaque_size(size), good[i]) == NULL && errno == ENOMEM, size);
            errno = 0;
            CHECK_AT(quarry_krealloc(p, opaque_size(size), good[i]) == NULL && errno == ENOMEM, size);
        }
    }
    CHECK(holds(p, 100, 1));
    free(p);
    return 0;
}
