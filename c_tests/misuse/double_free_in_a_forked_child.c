/* expect: abort "double free"
 * needs:  quarry
 * why:    the parent freed it before the fork: the child's heap is a copy that knows */
#include "stop.h"
#include <signal.h>
#include <sys/wait.h>

int main(void) {
    char *p = malloc(200);
    int status;
    CHECK(p != NULL);
    free(p);
    pid_t child = fork();
    if (child == 0) {
        announce("double free", p, malloc_usable_size(p));
        free(opaque(p));
        malloc_trim(0);
        _exit(2);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 2;
}
