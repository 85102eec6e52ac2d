/* expect: exit 0
 * needs:  quarry
 * why:    __posix_memalign refuses as posix_memalign does: the error is the return value, and errno and *memptr stay */
#include "../check.h"
#include "../names.h"

static void refuses(size_t alignment, size_t size, int error) {
    int here;
    void *p = &here;
    errno = 4711;
    CHECK_AT(__posix_memalign(&p, opaque_size(alignment), opaque_size(size)) == error, alignment);
    CHECK_AT(p == &here && errno == 4711, alignment);
}

int main(void) {
    const size_t bad[] = {0, 1, 2, 3, 4, 7, 9, 12, 24, 40, 4095, 4097, 12288, SIZE_MAX, SIZE_MAX - 7, ((size_t)1 << 63) + 8};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refuses(bad[i], 64, EINVAL);
    refuses(8, SIZE_MAX, ENOMEM);
    refuses(4096, (size_t)1 << 62, ENOMEM);
    refuses((size_t)1 << 62, 1, ENOMEM);
    return 0;
}
