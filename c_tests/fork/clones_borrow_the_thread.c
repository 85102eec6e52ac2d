/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    clone with CLONE_VM and without CLONE_SETTLS runs on the thread variables of its creator, libc's own among them. It may
 *         allocate while the creator waits (CLONE_VFORK), and what it leaves is the creator's; with variables of its own it must
 *         be made by libc. A clone without CLONE_VM is a fork past the handlers: that of a process of one thread allocates */
#include "storm.h"
#include <sched.h>
#include <signal.h>

enum { TIMES = 200, LEFT = 12 };

static char *left[LEFT];

static int run(void *argument) {
    static struct shadow shadow;
    body(&shadow);
    free_all(&shadow);
    for (int i = 0; i < LEFT; i++) {
        free(left[i]);
        left[i] = malloc((size_t)100 << i);
        if (left[i] == NULL)
            return 1;
        mark(left[i], (size_t)100 << i, (unsigned long)i);
    }
    return argument != NULL;
}

int main(void) {
    static char stack[256 * KIB] __attribute__((aligned(16)));
    for (int n = 0; n < TIMES; n++) {
        int status;
        int flags = n % 2 == 0 ? CLONE_VM | CLONE_VFORK | SIGCHLD : SIGCHLD;
        pid_t child = clone(run, stack + sizeof stack, flags, NULL);
        CHECK(child > 0);
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
        for (int i = 0; i < LEFT; i++)
            CHECK_AT(left[i] != NULL && is_marked(left[i], (size_t)100 << i, (unsigned long)i), i);
    }
    for (int i = 0; i < LEFT; i++)
        free(left[i]);
    CHECK(quarry_check() == 0);
    return 0;
}
