/* What the memory loads share beside load.h: what a load says of its own memory, and sizes and pauses.
 *
 * A memory load prints lines on standard output, which the driver (src/memory) reads:
 *   mark NAME KIB           the resident memory of the process at this point, in KiB, as the kernel counts it;
 *   figure NAME VALUE UNIT  something that the load works out from its marks.
 * Every load prints `mark end`: what is resident when all that it freed has been freed, before it exits. Names are single
 * words. Printing allocates nothing. Peak RSS and RSS over time are measured from outside, by `launch`. */
#ifndef MEMORY_H
#define MEMORY_H

#include "../loads/load.h"

#include <fcntl.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

/* Returns what is resident of a process, in KiB; 0 for the process itself. */
static inline size_t resident(long process)
{
    char path[64], text[256];
    unsigned long long pages = 0;

    if (process == 0)
        snprintf(path, sizeof path, "/proc/self/statm");
    else
        snprintf(path, sizeof path, "/proc/%ld/statm", process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    if (length <= 0)
        stop("no statm in /proc");
    text[length] = '\0';
    if (sscanf(text, "%*u %llu", &pages) != 1)
        stop("statm is not as expected");
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) / KIB;
}

/* Writes a line to standard output at once: what a program that is killed has said must not be lost. */
static inline void say(const char *line, int length)
{
    if (length < 0 || write(STDOUT_FILENO, line, (size_t)length) != length)
        stop("cannot write to standard output");
}

static inline void mark_as(const char *name, size_t kib)
{
    char line[128];
    say(line, snprintf(line, sizeof line, "mark %s %zu\n", name, kib));
}

/* Marks this point with what is resident now, and returns that, in KiB. */
static inline size_t mark(const char *name)
{
    size_t kib = resident(0);
    mark_as(name, kib);
    return kib;
}

static inline void figure(const char *name, double value, const char *unit)
{
    char line[128];
    say(line, snprintf(line, sizeof line, "figure %s %.3f %s\n", name, value, unit));
}

/* Prints the growth from one mark to another, in MiB; less than nothing where memory went back. */
static inline void growth(const char *name, size_t from, size_t to)
{
    figure(name, ((double)to - (double)from) / 1024, "MiB");
}

static inline void rest(unsigned milliseconds)
{
    struct timespec left = {.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L};
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

static inline uint64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Returns a size in [low, high] such that each doubling of size holds as many bytes: many small objects, few large. */
static inline size_t draw_mixed(uint64_t *random, size_t low, size_t high)
{
    double part = (double)(draw(random) >> 11) * 0x1p-53;
    double size = (double)low / (1 - part * (1 - (double)low / (double)high));
    return size < (double)high ? (size_t)size : high;
}

/* What a program does that has little to do: some objects every millisecond, for so long. */
static inline void light_activity(unsigned long_ms)
{
    enum { SOME = 64 };
    uint64_t random = 77, until = milliseconds() + long_ms;
    void *objects[SOME];

    do {
        for (size_t at = 0; at < SOME; at++) {
            size_t size = draw_mixed(&random, 16, 4096);
            objects[at] = take(size);
            use(objects[at], size);
        }
        for (size_t at = 0; at < SOME; at++)
            free(objects[at]);
        rest(1);
    } while (milliseconds() < until);
}

/* Lets each of the memory's objects hang in a list; the least object is this large. */
struct linked {
    struct linked *next;
    size_t size;
};

/* Puts an object in front of a list and writes every page of it. */
static inline void link_object(struct linked **list, size_t size)
{
    struct linked *object = (struct linked *)take(size);
    use_pages(object, 0, size);
    object->next = *list;
    object->size = size;
    *list = object;
}

/* Frees a list; stops where an object is not of `low` to `high` bytes as it was. */
static inline void free_list(struct linked **list, size_t low, size_t high)
{
    while (*list != NULL) {
        struct linked *object = *list;
        *list = object->next;
        if (object->size < low || object->size > high)
            stop("an object is not what was written to it");
        object->size = 0;
        free(object);
    }
}

#endif
