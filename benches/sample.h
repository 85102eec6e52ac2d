/* What a program holds while it runs, looked at from outside: a part of `launch`.
 *
 * A sample is a line `NANOSECONDS RSS_KIB [AREAS]`: since the start, resident memory, and at every tenth the number of
 * memory areas that are the heap's, without the number in between. RSS is one read of /proc/PID/statm, which takes no lock
 * of the program; a list of areas makes the kernel walk them, so it is taken less often.
 * The heap's areas: those without a file, but for the main thread's stack, what the kernel maps by itself, the zeroed end of
 * a library's data, and the stacks of threads (an inaccessible page and what lies on it). */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { SAMPLES_PER_LIST = 10, GUARD = 4096 };

static FILE *samples_file;
static int statm = -1;
static char maps_path[64];
static unsigned long samples_taken;

/* Returns 0, or -1 with errno. */
static inline int open_samples(const char *path, pid_t process)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%ld/statm", (long)process);
    snprintf(maps_path, sizeof maps_path, "/proc/%ld/maps", (long)process);
    statm = open(name, O_RDONLY | O_CLOEXEC);
    samples_file = fopen(path, "we");
    return statm < 0 || samples_file == NULL ? -1 : 0;
}

static inline int close_samples(void)
{
    close(statm);
    return fclose(samples_file);
}

/* Returns how many of the process's memory areas are its heap's; -1 if it is gone. */
static inline long heap_areas(void)
{
    char line[512];
    long count = 0;
    /* What the area before was, where this one lies right on it. */
    unsigned long end_before = 0;
    int file_before = 0, guard_before = 0, begins = 1;
    FILE *maps = fopen(maps_path, "re");

    if (maps == NULL)
        return -1;
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long start, end, inode;
        char mode[8], path[16] = "";
        int whole = begins;
        begins = strchr(line, '\n') != NULL;
        if (!whole || sscanf(line, "%lx-%lx %7s %*s %*s %lu %15s", &start, &end, mode, &inode, path) < 4)
            continue;
        int adjacent = start == end_before;
        int is_file = inode != 0;
        int is_heaps = !is_file && (path[0] == '\0' || strncmp(path, "[heap]", 6) == 0 || strncmp(path, "[anon", 5) == 0);
        int is_guard = is_heaps && strncmp(mode, "---", 3) == 0 && end - start == GUARD;
        int is_zeroed_end = adjacent && file_before;
        int is_stack = adjacent && guard_before;
        if (is_heaps && !is_guard && !is_zeroed_end && !is_stack)
            count++;
        end_before = end;
        file_before = is_file;
        guard_before = is_guard;
    }
    fclose(maps);
    return count;
}

/* Takes a sample, and returns what is resident, in KiB; 0 of a process that has ended and is not yet waited for. */
static inline long long sample(long long now)
{
    char text[256];
    unsigned long long pages;
    ssize_t length = pread(statm, text, sizeof text - 1, 0);

    if (length <= 0)
        return 0;
    text[length] = '\0';
    if (sscanf(text, "%*u %llu", &pages) != 1 || pages == 0)
        return 0;
    long long kib = (long long)pages * sysconf(_SC_PAGESIZE) / 1024;
    fprintf(samples_file, "%lld %lld", now, kib);
    if (samples_taken++ % SAMPLES_PER_LIST == 0) {
        long areas = heap_areas();
        if (areas >= 0)
            fprintf(samples_file, " %ld", areas);
    }
    fputc('\n', samples_file);
    return kib;
}

#endif
