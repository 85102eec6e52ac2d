/* Runs a call of the allocator instruction by instruction. At each one a copy of the process takes the part of a signal handler
 * that comes there: it does what the test asks, returns into the call, which goes on, and then looks at what came of it. So
 * every place at which a handler can interrupt the call is tried.
 *
 * A copy either ends well or is stopped by the one line that says why; what else happens to it fails the test. The copies are
 * made without the handlers of fork, since they play a part inside one process. Where no instruction can be stepped over
 * (other architectures), nothing is tried and the test says so by its count. */
#ifndef STEP_H
#define STEP_H
#include "../faults/loads.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

static const char STOPPED[] = "quarry: called from a signal handler that interrupted the allocator\n";
static const char LOST[] = "quarry: forked by a signal handler that interrupted the allocator, among other threads in it\n";

/* What a test tries. */
static struct {
    void (*call)(void);    /* the call that is interrupted */
    void (*handler)(void); /* what the handler does */
    void (*look)(void);    /* what must hold afterwards, in the copy */
    int hits;              /* whether the instructions of malloc and free themselves are tried too */
    unsigned stride;       /* of the others, one in so many is tried; 0 for all */
} trial;

static unsigned long boundaries, served, stopped;
static volatile sig_atomic_t stepping, is_copy;
static int error_file;

/* Where malloc and free are, with all that is inlined there: their hits, and the look at the magazine before a miss. */
static uintptr_t hot_start[2];
enum { HOT_BYTES = 96 };

static int is_hot(uintptr_t at) {
    return (at >= hot_start[0] && at < hot_start[0] + HOT_BYTES) || (at >= hot_start[1] && at < hot_start[1] + HOT_BYTES);
}

static void judge(pid_t copy) {
    char text[sizeof LOST] = "";
    int status;
    CHECK(waitpid(copy, &status, 0) == copy);
    ssize_t size = pread(error_file, text, sizeof text - 1, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        CHECK_AT(size == 0, boundaries);
        served++;
        return;
    }
    CHECK_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, status);
    CHECK_AT(strcmp(text, STOPPED) == 0 || strcmp(text, LOST) == 0, boundaries);
    stopped++;
    CHECK(ftruncate(error_file, 0) == 0 && lseek(error_file, 0, SEEK_SET) == 0);
}

#ifdef __x86_64__
enum { TRAP = 0x100 };

static void trap(int signal_number, siginfo_t *info, void *context) {
    (void)signal_number, (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (!stepping) {
        registers[REG_EFL] &= ~TRAP;
        return;
    }
    if (is_hot((uintptr_t)registers[REG_RIP]) && !trial.hits)
        return;
    static unsigned long steps;
    if (trial.stride > 1 && !is_hot((uintptr_t)registers[REG_RIP]) && steps++ % trial.stride != 0)
        return;
    boundaries++;
    int error = errno;
    pid_t copy = (pid_t)syscall(SYS_fork);
    CHECK(copy >= 0);
    if (copy == 0) {
        is_copy = 1;
        stepping = 0;
        CHECK(dup2(error_file, 2) == 2);
        alarm(20);
        trial.handler();
        registers[REG_EFL] &= ~TRAP;
    } else {
        judge(copy);
    }
    errno = error;
}

static CHECK_UNUSED void step_through(void) {
    struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO};
    hot_start[0] = (uintptr_t)malloc;
    hot_start[1] = (uintptr_t)free;
    error_file = (int)syscall(SYS_memfd_create, "errors", 0);
    CHECK(error_file >= 0 && sigaction(SIGTRAP, &action, NULL) == 0);
    stepping = 1;
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
    trial.call();
    stepping = 0;
    __asm__ volatile("nop" ::: "memory");
    trial.look();
    CHECK(quarry_check() == 0);
    if (is_copy)
        _exit(0);
}
#else
static CHECK_UNUSED void step_through(void) {}
#endif

#endif
