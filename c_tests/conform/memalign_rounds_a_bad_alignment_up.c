/* expect: exit 0
 * needs:  quarry
 * why:    glibc rounds the alignment of memalign up to a power of two and programs rely on it; aligned_alloc does the same
 *         here (C11 7.22.3.1 leaves it to the implementation) */
#include "../check.h"

int main(void) {
    const size_t asked[] = {0, 3, 5, 7, 17, 24, 33, 48, 100, 4095, 4097, 5000, 65537, 3 * MIB, 300 * MIB};
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        size_t rounded = 1;
        while (rounded < asked[i])
            rounded *= 2;
        void *p = memalign(opaque_size(asked[i]), 10), *q = aligned_alloc(opaque_size(asked[i]), 10);
        CHECK_AT(p != NULL && (uintptr_t)p % rounded == 0, asked[i]);
        CHECK_AT(q != NULL && (uintptr_t)q % rounded == 0, asked[i]);
        free(p);
        free(q);
    }
    return 0;
}
