/* launch [-s SAMPLES MILLISECONDS MEBIBYTES] REPORT SECONDS COMMAND [ARGUMENT…]: starts one program, waits for it, and writes
 * what it took; with -s also what was resident meanwhile, see sample.h, and the program is killed where that is more than
 * MEBIBYTES MiB, before it takes the machine's memory from others.
 *
 * REPORT gets one line of JSON: wall time (ns, from before the spawn until the wait returned), user and system time
 * (us), peak RSS (KiB), page faults, and how the program ended. Times and faults include the program's own children
 * that it waited for; peak RSS is that of the largest single process among them, as wait4 has it. After SECONDS the
 * program is killed, with its process group.
 *
 * Why a program of its own, in C, linked statically: at execve the kernel folds the peak RSS of the memory image
 * that is left behind into the ru_maxrss of the process. A child started by fork or vfork leaves its parent's image
 * behind, so a program measured by the driver itself could never appear smaller than the driver. This launcher is a
 * few hundred KiB, less than ld.so and libc take in any dynamic program, so its own size never shows. Being static
 * it ignores LD_PRELOAD and hands it on: only the program is preloaded.
 *
 * The kernel sums RSS over per-CPU counters lazily, so peak RSS can be off by some dozen pages per CPU. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sample.h"

enum { CANNOT_START = 127, CANNOT_REPORT = 125 };

extern char **environ;

/* The process group to kill, 0 until there is one. */
static volatile sig_atomic_t group;
static volatile sig_atomic_t timed_out;
static int too_large;

/* Ends the program when time is up or the launcher itself is told to end. */
static void end_group(int signal)
{
    if (signal == SIGALRM)
        timed_out = 1;
    if (group > 0)
        kill(-(pid_t)group, SIGKILL);
}

static long long nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static int give_up(const char *what, int error, int code)
{
    dprintf(STDERR_FILENO, "launch: %s: %s\n", what, strerror(error));
    return code;
}

/* Waits for the child to end, at most until `due`; returns whether it has. SIGCHLD is blocked, and stays pending if it came
 * between a look and the wait. */
static int ended(pid_t child, int *status, struct rusage *usage, long long due)
{
    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    for (;;) {
        pid_t which = wait4(child, status, WNOHANG, usage);
        if (which == child)
            return 1;
        if (which < 0 && errno != EINTR)
            exit(give_up("wait4", errno, CANNOT_REPORT));
        long long left = due - nanoseconds();
        if (left <= 0)
            return 0;
        struct timespec wait = {.tv_sec = left / 1000000000LL, .tv_nsec = left % 1000000000LL};
        sigtimedwait(&child_signal, NULL, &wait);
    }
}

/* Waits for the child, and samples it every so many milliseconds on a beat that does not drift. */
static void watch(pid_t child, int *status, struct rusage *usage, char **options, long long start)
{
    const char *samples = options[0];
    long long step = strtoll(options[1], NULL, 10) * 1000000LL, due = start;
    long long most = strtoll(options[2], NULL, 10) * 1024LL;
    if (step <= 0 || most <= 0)
        exit(give_up(step <= 0 ? options[1] : options[2], EINVAL, CANNOT_REPORT));
    if (open_samples(samples, child) != 0)
        exit(give_up(samples, errno, CANNOT_REPORT));
    while (!ended(child, status, usage, due)) {
        if (sample(nanoseconds() - start) > most) {
            too_large = 1;
            kill(-child, SIGKILL);
        }
        while (due <= nanoseconds())
            due += step;
    }
    if (close_samples() != 0)
        exit(give_up(samples, errno, CANNOT_REPORT));
}

int main(int argc, char **argv)
{
    char **options = NULL;
    if (argc > 4 && strcmp(argv[1], "-s") == 0) {
        options = argv + 2;
        argc -= 4;
        argv += 4;
    }
    if (argc < 4)
        return give_up("usage: launch [-s SAMPLES MILLISECONDS MEBIBYTES] REPORT SECONDS COMMAND [ARGUMENT...]", EINVAL,
                       CANNOT_REPORT);

    struct sigaction action = {.sa_handler = end_group};
    sigaction(SIGALRM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigset_t child_signal, before_all;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child_signal, &before_all);

    /* A group of its own, so that a program that hangs is killed with its children. */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &before_all);

    pid_t child;
    long long before = nanoseconds();
    int error = posix_spawnp(&child, argv[3], NULL, &attributes, argv + 3, environ);
    if (error != 0)
        return give_up(argv[3], error, CANNOT_START);
    group = child;
    alarm((unsigned)strtoul(argv[2], NULL, 10));

    int status;
    struct rusage usage;
    if (options != NULL)
        watch(child, &status, &usage, options, before);
    else
        while (wait4(child, &status, 0, &usage) < 0)
            if (errno != EINTR)
                return give_up("wait4", errno, CANNOT_REPORT);
    long long wall = nanoseconds() - before;
    alarm(0);

    char line[512];
    int length = snprintf(
        line, sizeof line,
        "{\"wall_ns\":%lld,\"user_us\":%lld,\"sys_us\":%lld,\"peak_rss_kib\":%ld,\"minor_faults\":%ld,"
        "\"major_faults\":%ld,\"exit\":%d,\"signal\":%d,\"timed_out\":%s,\"too_large\":%s}\n",
        wall, microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss, usage.ru_minflt,
        usage.ru_majflt, WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status) ? WTERMSIG(status) : 0,
        timed_out ? "true" : "false", too_large ? "true" : "false");
    int report = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (report < 0 || write(report, line, (size_t)length) != length)
        return give_up(argv[1], errno, CANNOT_REPORT);
    return 0;
}
