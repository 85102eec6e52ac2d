/* How many threads this process has, and whether one of them is the library's. */
#ifndef MAINTENANCE_H
#define MAINTENANCE_H
#include "memory.h"
#include <dirent.h>

/* Counts the threads of this process; those called `name` alone if it is not NULL. */
static CHECK_UNUSED int count_threads(const char *name) {
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300], text[32] = "";
        if (task->d_name[0] == '.')
            continue;
        *put_text(put_text(put_text(path, "/proc/self/task/"), task->d_name), "/comm") = '\0';
        int fd = open(path, O_RDONLY);
        if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
            text[strcspn(text, "\n")] = '\0';
        if (fd >= 0)
            close(fd);
        count += name == NULL || strcmp(text, name) == 0;
    }
    closedir(tasks);
    return count;
}

/* Makes enough slow calls that the library looks after itself. */
static CHECK_UNUSED void make_slow_calls(void) {
    uint64_t random = 1;
    for (int i = 0; i < 20; i++)
        work_lightly(&random);
}

/* Waits until there are `count` threads of the library's; a loaded machine may be late. */
static CHECK_UNUSED void expect_maintenance(int count) {
    for (int i = 0; i < 300 && count_threads("quarry") != count; i++)
        sleep_ms(10);
    CHECK_AT(count_threads("quarry") == count, count_threads("quarry"));
}

static CHECK_UNUSED void *sleep_until_the_end(void *argument) {
    free(opaque(malloc(100)));
    meet();
    pause();
    return argument;
}
#endif
