/* expect: exit 0
 * why:    POSIX.1-2024 free: errno is not modified if ptr was allocated by malloc; for large objects that means around the
 *         system calls that give memory back */
#include "../check.h"

int main(void) {
    const size_t sizes[] = {0, 16, 1000, 32 * KIB, 100 * KIB, 3 * MIB, 8 * MIB, 64 * MIB, 900 * MIB, GIB + MIB, 3 * GIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int round = 0; round < 50; round++) {
            char *p = malloc(sizes[i]), *q = memalign(4096, sizes[i]);
            CHECK_AT(p != NULL && q != NULL, sizes[i]);
            if (sizes[i] > 0)
                p[0] = q[0] = 1;
            errno = 4711;
            free(p);
            CHECK_AT(errno == 4711, sizes[i]);
            errno = 0;
            free(q);
            CHECK_AT(errno == 0, sizes[i]);
        }
    return 0;
}
