/* expect: exit 0
 * needs:  quarry
 * why:    in a control group of 256 MiB, or where none can be made with as much address space, a program that frees what it uses
 *         is neither killed nor refused: 180 MiB live at a time, in threads, of sizes that shift from phase to phase */
#include "growth.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { LIVE = 180 << 20, PHASES = 24 };

struct list { struct list *next; };

static void *fill_and_free(void *argument) {
    uint64_t random = (uint64_t)(uintptr_t)argument + 1;
    size_t typical = (size_t)64 << (uintptr_t)argument % 16, bytes = 0;
    struct list *first = NULL;
    while (bytes < LIVE / 2) {
        size_t size = typical / 2 + next_random(&random) % typical;
        struct list *object = malloc(size);
        CHECK_AT(object != NULL, size);
        memset(object, 1, size);
        object->next = first;
        first = object;
        bytes += malloc_usable_size(object);
    }
    while (first != NULL) {
        struct list *next = first->next;
        free(first);
        first = next;
    }
    return NULL;
}

static void work(void) {
    for (uintptr_t phase = 0; phase < PHASES; phase++) {
        pthread_t other = start(fill_and_free, (void *)(phase * 5 + 3));
        fill_and_free((void *)(phase * 7));
        join(other);
    }
}

static int write_file(const char *folder, const char *name, const char *text) {
    char path[512];
    *put_text(put_text(path, folder), name) = '\0';
    int fd = open(path, O_WRONLY);
    if (fd < 0)
        return 0;
    int done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    close(fd);
    return done;
}

int main(void) {
    static const struct { const char *root, *limit; } kinds[] = {{"/sys/fs/cgroup/memory", "/memory.limit_in_bytes"},
                                                                  {"/sys/fs/cgroup", "/memory.max"}};
    char folder[512];
    int made = 0, status;
    for (int i = 0; i < 2 && !made; i++) {
        *put_number(put_text(put_text(folder, kinds[i].root), "/quarry-test-"), (unsigned long)getpid(), 10) = '\0';
        if (mkdir(folder, 0755) != 0)
            continue;
        made = write_file(folder, kinds[i].limit, "268435456");
        if (!made)
            rmdir(folder);
    }
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(100);
        struct rlimit limit = {700 * MIB, 700 * MIB};
        if (!made || !write_file(folder, "/cgroup.procs", "0")) {
            write_all(1, "no control group can be made: an address limit instead\n", 55);
            CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        }
        work();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    for (int i = 0; made && i < 100 && rmdir(folder) != 0 && errno == EBUSY; i++)
        usleep(20000);
    CHECK_AT(!WIFSIGNALED(status), WTERMSIG(status));
    CHECK_AT(WEXITSTATUS(status) == 0, WEXITSTATUS(status));
    return 0;
}
