/* expect: exit 0
 * needs:  quarry
 * why:    POSIX posix_memalign: ENOMEM is returned, not set: errno and *memptr are as they were. (glibc sets errno as well.) */
#include "../check.h"

int main(void) {
    const size_t requests[][2] = {{8, SIZE_MAX}, {64, PTRDIFF_MAX}, {4096, (size_t)1 << 62}, {(size_t)1 << 62, 1},
                                  {(size_t)1 << 47, 100}, {GIB, SIZE_MAX - GIB}};
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int here;
        void *p = &here;
        errno = 4711;
        CHECK_AT(posix_memalign(&p, opaque_size(requests[i][0]), opaque_size(requests[i][1])) == ENOMEM, i);
        CHECK_AT(p == &here && errno == 4711, i);
    }
    return 0;
}
