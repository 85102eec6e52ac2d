/* expect: exit 0
 * why:    mlockall(2): MADV_DONTNEED of a locked page fails with EINVAL, so a purge may have no effect; calloc must still clear,
 *         and MCL_FUTURE must not fill a whole reservation with memory */
#include "../check.h"
#include <sys/mman.h>
#include <sys/resource.h>

int main(void) {
    struct rlimit limits;
    CHECK(getrlimit(RLIMIT_MEMLOCK, &limits) == 0);
    char *p = malloc(MIB);
    CHECK(p != NULL);
    memset(p, 0xff, MIB);
    /* An unprivileged user may lock 64 KiB on old kernels: enough for the object's middle. */
    CHECK(mlock(p + 512 * KIB, 32 * KIB) == 0);
    free(p);
    for (int round = 0; round < 20; round++) {
        malloc_trim(0);
        CHECK((p = calloc(1, MIB)) != NULL && is_zero(p, MIB));
        memset(p, 0xff, MIB);
        free(p);
    }
    if (limits.rlim_cur >= 4 * GIB || geteuid() == 0) {
        CHECK(mlockall(MCL_CURRENT | MCL_FUTURE) == 0);
        for (size_t size = 1; size < 30 * MIB; size = size * 2 + 1) {
            CHECK_AT((p = calloc(1, size)) != NULL && is_zero(p, size), size);
            memset(p, 0xff, size);
            free(p);
            malloc_trim(0);
        }
        CHECK_AT(resident_bytes() < GIB, resident_bytes());
    }
    return 0;
}
