/* hundred MEBIBYTES: a program that holds MEBIBYTES MiB after it held half as much again, and what its core dump takes.
 *
 * Allocates half of MEBIBYTES that it needs for its start only, then MEBIBYTES that it keeps, of 16 B to 1 MiB each; frees the
 * first, and rests for 1.5 s with a little activity. Then a forked copy aborts in a folder that is made for it and removed, where
 * the kernel writes cores to files; elsewhere what the kernel would write is summed over /proc/self/smaps.
 * Marks: start, full, live; end, with everything freed and as much rest. Figures: core, the length of the file, in which memory
 * that is not resident is a hole; core-on-disk, without holes, or core-from-smaps; over-live, resident at live above what is
 * held, in percent of that; metadata, in percent of it, where malloc_info tells it.
 * Path: metadata, what stays reserved, what a crash writes to disk. */
#define _GNU_SOURCE
#include "memory.h"

#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LOW = 16, HIGH = 1 << 20, WHILE_MS = 1500 };

/* Returns whether the kernel writes cores into the folder that a program runs in. */
static int cores_are_files(void)
{
    char text[256];
    int file = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    return length > 0 && text[0] != '|' && text[0] != '/';
}

/* A core, in KiB; of length 0 if there is none. */
struct core {
    size_t length, on_disk;
};

/* Lets a copy of this process abort in `folder`, and returns the core it leaves there. */
static struct core core_in(const char *folder)
{
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    struct core core = {0, 0};
    int status;

    pid_t copy = fork();
    if (copy < 0)
        stop("fork refused");
    if (copy == 0) {
        if (chdir(folder) != 0 || setrlimit(RLIMIT_CORE, &unlimited) != 0)
            _exit(1);
        signal(SIGABRT, SIG_DFL);
        abort();
    }
    while (waitpid(copy, &status, 0) < 0)
        if (errno != EINTR)
            stop("waitpid failed");
    DIR *files = opendir(folder);
    if (files == NULL)
        stop("no folder for a core");
    for (struct dirent *entry; (entry = readdir(files)) != NULL;) {
        struct stat about;
        if (fstatat(dirfd(files), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(about.st_mode))
            continue;
        core.length += (size_t)about.st_size / KIB;
        core.on_disk += (size_t)about.st_blocks * 512 / KIB;
        unlinkat(dirfd(files), entry->d_name, 0);
    }
    closedir(files);
    return core;
}

static struct core core_file(void)
{
    char folder[] = "/tmp/quarry-core-XXXXXX";
    if (!cores_are_files() || mkdtemp(folder) == NULL)
        return (struct core){0, 0};
    struct core core = core_in(folder);
    rmdir(folder);
    return core;
}

/* Sums what a core holds by the default filter: private memory that was touched, whole. Not what belongs to files. */
static size_t core_from_smaps(void)
{
    char line[512];
    size_t sum = 0, size = 0, value;
    FILE *maps = fopen("/proc/self/smaps", "re");
    if (maps == NULL)
        stop("no smaps in /proc");
    while (fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "Size: %zu kB", &value) == 1)
            size = value;
        else if (sscanf(line, "Anonymous: %zu kB", &value) == 1 && value > 0)
            sum += size;
    fclose(maps);
    return sum;
}

/* Returns what malloc_info says of metadata, in KiB; 0 if it says nothing. */
static size_t metadata(void)
{
    char line[512];
    size_t bytes = 0;
    FILE *told = tmpfile();
    if (told == NULL || malloc_info(0, told) != 0)
        return 0;
    rewind(told);
    while (fgets(line, sizeof line, told) != NULL)
        if (sscanf(line, " <total type=\"metadata_bytes\" value=\"%zu\"", &bytes) == 1)
            break;
    fclose(told);
    return bytes / KIB;
}

static struct linked *allocate(uint64_t *random, size_t limit, size_t *sum)
{
    struct linked *list = NULL;
    for (*sum = 0; *sum < limit;) {
        size_t size = draw_mixed(random, LOW, HIGH);
        link_object(&list, size);
        *sum += size;
    }
    return list;
}

int main(int argc, char **argv)
{
    size_t limit = argument(argc, argv, 1, "MEBIBYTES") * MIB, dropped, held;
    uint64_t random = 1;

    size_t start = mark("start");
    struct linked *needed = allocate(&random, limit / 2, &dropped), *kept = allocate(&random, limit, &held);
    mark("full");
    free_list(&needed, LOW, HIGH);
    light_activity(WHILE_MS);
    size_t live = mark("live"), told = metadata();
    struct core core = core_file();
    if (core.length > 0) {
        figure("core", (double)core.length / 1024, "MiB");
        figure("core-on-disk", (double)core.on_disk / 1024, "MiB");
    } else {
        figure("core-from-smaps", (double)core_from_smaps() / 1024, "MiB");
    }
    figure("over-live", 100.0 * ((double)(live - start) * KIB / (double)held - 1), "%");
    if (told > 0)
        figure("metadata", 100.0 * (double)told * KIB / (double)held, "%");
    free_list(&kept, LOW, HIGH);
    light_activity(WHILE_MS);
    mark("end");
    return 0;
}
