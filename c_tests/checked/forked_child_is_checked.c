/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated freed
 * why:    the records are copied with the heap */
#include "../misuse/stop.h"
#include <signal.h>
#include <sys/wait.h>

int main(void) {
    char *p = malloc(40);
    int status;
    CHECK(p != NULL);
    free(p);
    pid_t child = fork();
    if (child == 0) {
        announce_told("double free", p, (struct told){.size = 40});
        free(opaque(p));
        _exit(2);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    return 2;
}
