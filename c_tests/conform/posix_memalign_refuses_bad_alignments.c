/* expect: exit 0
 * why:    POSIX posix_memalign: EINVAL if alignment is not a power of two multiple of sizeof(void *). The error is the return
 *         value: errno is left alone, and so is *memptr (glibc manual; POSIX.1-2024 stores NULL or leaves it) */
#include "../check.h"

int main(void) {
    const size_t bad[] = {0, 1, 2, 3, 4, 7, 9, 12, 24, 40, 4095, 4097, 12288, SIZE_MAX, SIZE_MAX - 7, ((size_t)1 << 63) + 8};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int here;
        void *p = &here;
        errno = 4711;
        CHECK_AT(posix_memalign(&p, opaque_size(bad[i]), 64) == EINVAL, bad[i]);
        CHECK_AT(p == &here && errno == 4711, bad[i]);
    }
    return 0;
}
