/* expect: exit 0
 * needs:  quarry
 * why:    there is no next power of two that an address could have: EINVAL, as in glibc's memalign; 2^62 itself is a request
 *         for memory that nobody has: ENOMEM */
#include "../check.h"

int main(void) {
    const size_t limit = (size_t)1 << 62;
    const size_t beyond[] = {limit + 1, limit * 2, limit * 2 + 1, SIZE_MAX};
    for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
        errno = 0;
        CHECK_AT(memalign(opaque_size(beyond[i]), 1) == NULL && errno == EINVAL, i);
        errno = 0;
        CHECK_AT(aligned_alloc(opaque_size(beyond[i]), 1) == NULL && errno == EINVAL, i);
    }
    errno = 0;
    CHECK(memalign(opaque_size(limit), 1) == NULL && errno == ENOMEM);
    errno = 0;
    CHECK(aligned_alloc(opaque_size(limit), 1) == NULL && errno == ENOMEM);
    return 0;
}
