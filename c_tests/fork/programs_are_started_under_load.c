/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    posix_spawn, and vfork with exec, share the memory of a process whose threads allocate: the child may allocate before
 *         it execs in neither (POSIX), and nothing of the parent's is harmed by it */
#include "storm.h"
#include <spawn.h>

enum { THREADS = 6, STARTS = 60 };

extern char **environ;

static __attribute__((noinline)) pid_t start_by_vfork(char *const *arguments) {
    pid_t child = vfork();
    if (child == 0) {
        execv(arguments[0], arguments);
        _exit(127);
    }
    return child;
}

int main(void) {
    pthread_t threads[THREADS];
    char *const arguments[] = {"/bin/true", NULL};
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(allocate_on, &tables[i]);
    for (int n = 0; n < STARTS; n++) {
        int status;
        pid_t child;
        if (n % 2 == 0) {
            posix_spawn_file_actions_t actions;
            CHECK(posix_spawn_file_actions_init(&actions) == 0);
            CHECK(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) == 0);
            CHECK(posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ) == 0);
            CHECK(posix_spawn_file_actions_destroy(&actions) == 0);
        } else {
            child = start_by_vfork(arguments);
            CHECK(child > 0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    __atomic_store_n(&storm_ends, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(quarry_check() == 0);
    return 0;
}
