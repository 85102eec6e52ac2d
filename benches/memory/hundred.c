/* hundred MEBIBYTES: a program that holds MEBIBYTES MiB after it held half as much again, and what its core dump takes.
 *
 * Allocates one and a half times MEBIBYTES of 16 B to 1 MiB, frees every third object, rests for 1.5 s with a little
 * activity. Then a forked copy aborts in a folder that is made for it and removed, where the kernel writes cores to files, and the file's
 * length is taken (pages that were never touched are holes in it, and count); elsewhere what the kernel would
 * write is summed over /proc/self/smaps.
 * Marks: start, full, live; end, with everything freed. Figures: held, what the program asked for and did not free; core
 * or core-from-smaps; over-live, resident above what is held, in percent of it; metadata, in percent of it, where
 * malloc_info tells it.
 * Path: metadata, what stays reserved, what a crash writes to disk. */
#define _GNU_SOURCE
#include "memory.h"

#include <dirent.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LOW = 16, HIGH = 1 << 20, KEPT_OF = 3, WHILE_MS = 1500 };

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

/* Lets a copy of this process abort in `folder`, and returns the length of the core it leaves there; 0 if it leaves none. */
static size_t core_in(const char *folder)
{
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    size_t length = 0;
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
        length += (size_t)about.st_size;
        unlinkat(dirfd(files), entry->d_name, 0);
    }
    closedir(files);
    return length / KIB;
}

static size_t core_file(void)
{
    char folder[] = "/tmp/quarry-core-XXXXXX";
    if (!cores_are_files() || mkdtemp(folder) == NULL)
        return 0;
    size_t kib = core_in(folder);
    rmdir(folder);
    return kib;
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

int main(int argc, char **argv)
{
    size_t limit = argument(argc, argv, 1, "MEBIBYTES") * MIB / 2 * 3, sum = 0, held = 0, count = 0;
    struct linked *kept = NULL, *dropped = NULL;
    uint64_t random = 1;

    size_t start = mark("start");
    while (sum < limit) {
        size_t size = draw_mixed(&random, LOW, HIGH);
        int drops = count++ % KEPT_OF == 0;
        link_object(drops ? &dropped : &kept, size);
        held += drops ? 0 : size;
        sum += size;
    }
    mark("full");
    free_list(&dropped, LOW, HIGH);
    light_activity(WHILE_MS);
    size_t live = mark("live"), told = metadata(), core = core_file();
    figure("held", (double)held / MIB, "MiB");
    if (core > 0)
        figure("core", (double)core / 1024, "MiB");
    else
        figure("core-from-smaps", (double)core_from_smaps() / 1024, "MiB");
    figure("over-live", 100.0 * ((double)(live - start) * KIB / (double)held - 1), "%");
    if (told > 0)
        figure("metadata", 100.0 * (double)told * KIB / (double)held, "%");
    free_list(&kept, LOW, HIGH);
    light_activity(WHILE_MS);
    mark("end");
    return 0;
}
