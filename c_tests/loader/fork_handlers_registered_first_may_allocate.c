/* expect: exit 0
 * run:    preload
 * prep:   $BUILD_LIBRARY -o libhandlers.so $HERE/lib/fork_handlers.c -lpthread
 * env:    LD_PRELOAD=$QUARRY_SO:./libhandlers.so
 * why:    POSIX pthread_atfork: handlers run in reverse order of registration, so those of a library that came first run
 *         after the allocator took its locks, and may allocate all the same */
#include "../check.h"
#include <sys/wait.h>

int main(void) {
    alarm(30);
    for (int i = 0; i < 5; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            free(malloc(100000));
            _exit(fork() == 0 ? 0 : 7);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
    }
    return 0;
}
