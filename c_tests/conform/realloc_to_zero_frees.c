/* expect: exit 0
 * why:    glibc manual, "Changing the Size of a Block": realloc(p, 0) frees p and returns NULL. A million of them would show
 *         a leak as 4 GiB */
#include "../check.h"

int main(void) {
    const size_t sizes[] = {0, 1, 4000, 100 * KIB, 8 * MIB, GIB + MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *p = malloc(sizes[i]);
        CHECK_AT(p != NULL, sizes[i]);
        errno = 0;
        CHECK_AT(realloc(p, opaque_size(0)) == NULL, sizes[i]);
        CHECK_AT(errno == 0, sizes[i]); /* it is no failure */
    }
    CHECK(reallocarray(malloc(10), opaque_size(0), 10) == NULL);
    CHECK(reallocarray(malloc(10), 10, opaque_size(0)) == NULL);
    for (int i = 0; i < 1000000; i++) {
        char *p = malloc(4000);
        CHECK_AT(p != NULL, i);
        p[0] = p[3999] = 1;
        CHECK_AT(realloc(p, opaque_size(0)) == NULL, i);
    }
    CHECK_AT(resident_bytes() < 256 * MIB, resident_bytes());
    return 0;
}
