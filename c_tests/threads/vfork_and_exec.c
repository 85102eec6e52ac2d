/* expect: exit 0
 * why:    vfork(2) and posix_spawn share the parent's memory with the child and run no fork handlers: the parent's heap must
 *         be as it was, with other threads busy all the time */
#include "busy.h"
#include <spawn.h>
#include <sys/wait.h>

extern char **environ;

static char *arguments[] = {(char *)"true", NULL};

/* In a function of its own: what the child changes on the stack that it shares is then nobody's variable. */
static __attribute__((noinline)) pid_t run_true(void) {
    pid_t child = vfork();
    if (child == 0) {
        execv("/bin/true", arguments);
        _exit(1);
    }
    return child;
}

int main(void) {
    char *kept = malloc(5000);
    CHECK(kept != NULL);
    fill(kept, 5000, 8);
    busy_begin();
    for (int round = 0; round < 40; round++) {
        int status;
        pid_t child = run_true();
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
        CHECK(posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environ) == 0);
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
        CHECK_AT(holds(kept, 5000, 8), round);
        free(malloc(100000));
    }
    CHECK(system("exit 3") == 3 << 8);
    busy_end();
    free(kept);
    return 0;
}
