/* expect: exit 0
 * why:    POSIX pthread_atfork: handlers of the program run around ours: theirs may allocate and free in all three places, and
 *         so many of them that libc allocates to keep them */
#include "busy.h"
#include <sys/wait.h>

enum { HANDLERS = 100 };

static void *kept;

static void use(void) {
    free(kept);
    CHECK((kept = malloc(10000)) != NULL);
    free(malloc(100));
    free(malloc(6 * MIB));
}

__attribute__((constructor)) static void early(void) { CHECK(pthread_atfork(use, use, use) == 0); }

int main(void) {
    for (int i = 0; i < HANDLERS; i++)
        CHECK(pthread_atfork(use, use, use) == 0);
    busy_begin();
    for (int round = 0; round < 30; round++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(30);
            use();
            _exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    busy_end();
    return 0;
}
