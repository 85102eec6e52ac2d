/* expect: exit 0
 * needs:  quarry
 * conf:   maintenance_thread:true
 * why:    unshare and setns want a process of one thread: with `true` the maintenance thread is not started before the program has
 *         a second thread of its own, then it is, once, and it takes no signals */
#include "maintenance.h"

static char *field(char *text, const char *name) { return strstr(text, name) + strlen(name); }

/* Checks that every signal that can be blocked is, in the library's thread. */
static void check_signals(void) {
    DIR *tasks = opendir("/proc/self/task");
    CHECK(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        static char path[300], text[4096];
        *put_text(put_text(put_text(path, "/proc/self/task/"), task->d_name), "/status") = '\0';
        int fd = open(path, O_RDONLY);
        ssize_t size = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
        if (fd >= 0)
            close(fd);
        if (task->d_name[0] == '.' || size <= 0 || strncmp(field(text, "Name:\t"), "quarry\n", 7) != 0)
            continue;
        uint64_t blocked = strtoull(field(text, "SigBlk:\t"), NULL, 16);
        /* SIGKILL and SIGSTOP cannot be; libc keeps two for itself. */
        uint64_t wanted = ~(1ull << 8 | 1ull << 18 | 1ull << 31 | 1ull << 32);
        CHECK_AT((blocked & wanted) == wanted, blocked);
    }
    closedir(tasks);
}

int main(void) {
    make_slow_calls();
    sleep_ms(200);
    make_slow_calls();
    CHECK(count_threads(NULL) == 1);
    CHECK(pthread_barrier_init(&step, NULL, 2) == 0);
    start(sleep_until_the_end, NULL);
    meet();
    make_slow_calls();
    expect_maintenance(1);
    check_signals();
    make_slow_calls();
    CHECK(count_threads("quarry") == 1 && count_threads(NULL) == 3);
    return 0;
}
