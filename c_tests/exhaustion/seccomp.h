/* Lets the kernel refuse a system call with an error of the test's choice, in a child, since a filter cannot be taken off. */
#ifndef SECCOMP_H
#define SECCOMP_H
#include "../check.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static CHECK_UNUSED void refuse(long number, int error) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/* Runs `body` in a child in which the system call fails with ENOMEM, EPERM, EINVAL and EAGAIN in turn. */
static CHECK_UNUSED void with_refused(long number, void (*body)(void)) {
    const int errors[] = {ENOMEM, EPERM, EINVAL, EAGAIN};
    for (int i = 0; i < 4; i++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(50);
            refuse(number, errors[i]);
            body();
            _exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, errors[i]);
    }
}

enum { HELD = 600 };

/* Takes, fills, resizes, clears and gives back objects of all sizes. Each call must give an object or refuse with ENOMEM, and
 * no object may lose a byte. Returns how many calls were served. */
static CHECK_UNUSED size_t work_or_refuse(void) {
    static struct { char *p; size_t size; } live[HELD];
    uint64_t random = 99;
    size_t served = 0;
    for (int step = 0; step < 6000; step++) {
        int i = (int)(next_random(&random) % HELD);
        size_t size = next_random(&random) % ((size_t)16 << next_random(&random) % 20) + 1;
        size_t watched = live[i].size < 3000 ? live[i].size : 3000;
        uint64_t choice = next_random(&random) % 4;
        CHECK_AT(holds(live[i].p, watched, (unsigned long)i), step);
        errno = 0;
        char *p = choice == 0 ? realloc(live[i].p, size) : choice == 1 ? calloc(1, size) : malloc(size);
        CHECK_AT(p != NULL || errno == ENOMEM, step);
        if (p == NULL)
            continue;
        served++;
        if (choice == 0)
            CHECK_AT(holds(p, watched < size ? watched : size, (unsigned long)i), step);
        else
            free(live[i].p);
        if (choice == 1)
            CHECK_AT(is_zero(p, size < 100000 ? size : 100000), step);
        memset(p, 0xff, size);
        fill(p, size < 3000 ? size : 3000, (unsigned long)i);
        live[i].p = p;
        live[i].size = size;
        if (step % 500 == 0) {
            malloc_trim(0);
            errno = 0;
            char *huge = malloc(GIB + MIB);
            CHECK_AT(huge != NULL || errno == ENOMEM, step);
            if (huge != NULL)
                huge[0] = huge[GIB] = 1;
            free(huge);
        }
    }
    for (int i = 0; i < HELD; i++) {
        CHECK_AT(holds(live[i].p, live[i].size < 3000 ? live[i].size : 3000, (unsigned long)i), i);
        free(live[i].p);
    }
    malloc_trim(0);
    return served;
}

#endif
