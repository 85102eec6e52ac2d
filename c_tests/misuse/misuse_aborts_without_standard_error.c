/* expect: exit 0
 * needs:  quarry
 * why:    whether anybody can read the message must not decide whether the program goes on: closed, full, or a pipe that
 *         nobody reads, it ends with SIGABRT */
#include "child.h"

int main(void) {
    int ends[2], full = open("/dev/full", O_WRONLY), status;
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0 && full >= 0);
    status = status_of(free_a_foreign_pointer, -1);
    CHECK_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, status);
    status = status_of(free_a_foreign_pointer, full);
    CHECK_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, status);
    signal(SIGPIPE, SIG_IGN);
    status = status_of(free_a_foreign_pointer, ends[1]);
    CHECK_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, status);
    return 0;
}
