/* limited GROUP MEBIBYTES LIVE: a program that frees what it uses, where no more than MEBIBYTES MiB may be had.
 *
 * Joins the cgroup GROUP, a folder whose limit the driver has set, or where that is `-` sets RLIMIT_AS to MEBIBYTES MiB, and
 * starts itself again, so that the allocator lives under the limit from its first page. Then phase after phase:
 * two new threads allocate LIVE MiB of objects of the phase's sizes, write every page, and end; the main thread frees it all.
 * Marks: phase-1 and so on after each; end. An allocator that keeps what phases before have freed is killed (or has
 * malloc refused).
 * Path: memory of dead threads, of other sizes, and of large objects, given back or used again before the limit. */
#include "memory.h"

#include <sys/resource.h>

enum { THREADS = 2 };

struct window {
    size_t low, high;
};

static const struct window windows[] = {
    {16, 64}, {16 * KIB, 64 * KIB}, {64, 512}, {256 * KIB, MIB}, {512, 4 * KIB}, {2 * MIB, 8 * MIB},
    {4 * KIB, 16 * KIB}, {16, 4 * MIB},
};

static size_t live;
static const struct window *window;
static struct linked *lists[THREADS];

/* Joins or sets the limit, and starts this program again without GROUP. */
static void start_within(char **argv, size_t mebibytes)
{
    if (strcmp(argv[1], "-") == 0) {
        struct rlimit limit = {mebibytes * MIB, mebibytes * MIB};
        if (setrlimit(RLIMIT_AS, &limit) != 0)
            stop("setrlimit refused");
    } else {
        char path[512], text[32];
        snprintf(path, sizeof path, "%s/cgroup.procs", argv[1]);
        int file = open(path, O_WRONLY | O_CLOEXEC), length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
        if (file < 0 || write(file, text, (size_t)length) != length)
            stop("the cgroup takes no process");
    }
    argv[1] = "within";
    execv("/proc/self/exe", argv);
    stop("execv failed");
}

static void *fill(void *given)
{
    size_t index = (uintptr_t)given, limit = share(live, THREADS, index) * MIB;
    uint64_t random = index + 1;

    for (size_t sum = 0; sum < limit;) {
        size_t size = draw_mixed(&random, window->low, window->high);
        link_object(&lists[index], size);
        sum += size;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc < 2)
        stop("argument 1 missing: GROUP");
    size_t mebibytes = argument(argc, argv, 2, "MEBIBYTES");
    live = argument(argc, argv, 3, "LIVE");
    if (strcmp(argv[1], "within") != 0)
        start_within(argv, mebibytes);

    for (size_t phase = 0; phase < sizeof windows / sizeof windows[0]; phase++) {
        pthread_t threads[THREADS];
        char name[32];
        window = &windows[phase];
        for (size_t at = 0; at < THREADS; at++)
            threads[at] = start_thread(fill, (void *)(uintptr_t)at);
        for (size_t at = 0; at < THREADS; at++)
            join_thread(threads[at]);
        for (size_t at = 0; at < THREADS; at++)
            free_list(&lists[at], window->low, window->high);
        snprintf(name, sizeof name, "phase-%zu", phase + 1);
        mark(name);
    }
    mark("end");
    return 0;
}
