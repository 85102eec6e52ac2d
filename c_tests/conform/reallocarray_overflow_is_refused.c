/* expect: exit 0
 * why:    POSIX.1-2024 reallocarray: a product that overflows fails with ENOMEM and leaves the object unchanged */
#include "../check.h"

int main(void) {
    char *p = reallocarray(NULL, 10, 10);
    CHECK(p != NULL);
    fill(p, 100, 5);
    const size_t pairs[][2] = {{(size_t)1 << 32, (size_t)1 << 32}, {SIZE_MAX, 2}, {2, SIZE_MAX / 2 + 1}, {SIZE_MAX, SIZE_MAX}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        errno = 0;
        CHECK_AT(reallocarray(p, opaque_size(pairs[i][0]), opaque_size(pairs[i][1])) == NULL && errno == ENOMEM, i);
        errno = 0;
        CHECK_AT(reallocarray(NULL, opaque_size(pairs[i][0]), opaque_size(pairs[i][1])) == NULL && errno == ENOMEM, i);
        CHECK_AT(holds(p, 100, 5), i);
    }
    CHECK((p = reallocarray(p, 1000, 1000)) != NULL && holds(p, 100, 5));
    CHECK((p = reallocarray(p, 5, 5)) != NULL && holds(p, 25, 5));
    free(p);
    return 0;
}
