/* A filter under which the process is killed when a thread that takes it calls the kernel for memory or for a lock. */
#ifndef NOWAIT_H
#define NOWAIT_H
#include "levels.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static CHECK_UNUSED void forbid_the_kernel(void) {
#define FORBID(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        FORBID(SYS_mmap), FORBID(SYS_munmap), FORBID(SYS_mprotect), FORBID(SYS_madvise), FORBID(SYS_mremap),
        FORBID(SYS_futex), FORBID(SYS_brk), FORBID(SYS_sched_yield), FORBID(SYS_nanosleep), FORBID(SYS_clock_nanosleep),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

enum { KEPT = 3000 };

/* Allocates and resizes without waiting until a size is refused `refusals` times or there are `most` objects, which are kept;
 * returns how many calls were served. */
static CHECK_UNUSED size_t nowait(size_t size, int refusals, int most) {
    static __thread char *kept[KEPT];
    size_t served = 0;
    int count = 0;
    while (refusals > 0 && count < most && count < KEPT) {
        errno = 0;
        char *p = quarry_kmalloc(size, QUARRY_NOWAIT | (count % 2 ? QUARRY_ZERO : 0) | (count % 3 ? 0 : QUARRY_HUGE));
        CHECK_AT(p != NULL || errno == ENOMEM, size);
        if (p == NULL) {
            refusals--;
            continue;
        }
        CHECK_AT(count % 2 == 0 || is_zero(p, size < 3000 ? size : 3000), size);
        fill(p, size < 200 ? size : 200, (unsigned long)count);
        char *larger = quarry_krealloc(p, size + size / 2, QUARRY_NOWAIT);
        kept[count++] = larger == NULL ? p : larger;
        served += 1 + (larger != NULL);
    }
    for (int i = 0; i < count; i++)
        CHECK_AT(holds(kept[i], size < 200 ? size : 200, (unsigned long)i), size);
    return served;
}

#endif
