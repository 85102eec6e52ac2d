/* expect: exit 0
 * needs:  quarry
 * why:    C11 7.22.4.1: abort ends the program unless a handler does not return; ignored, blocked or handled, SIGABRT still does */
#include "child.h"

static void ignored(void) {
    signal(SIGABRT, SIG_IGN);
    free_a_foreign_pointer();
}

static void blocked(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    free_a_foreign_pointer();
}

static void return_from(int signal_number) { (void)signal_number; }

static void handled(void) {
    signal(SIGABRT, return_from);
    free_a_foreign_pointer();
}

int main(void) {
    void (*bodies[])(void) = {ignored, blocked, handled};
    int quiet = open("/dev/null", O_WRONLY);
    for (int i = 0; i < 3; i++) {
        int status = status_of(bodies[i], quiet);
        CHECK_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, i);
    }
    return 0;
}
