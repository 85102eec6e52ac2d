/* Runs a misuse in a child, so that the test can look at how the child ended and what it wrote. */
#ifndef CHILD_H
#define CHILD_H
#include "../check.h"
#include <signal.h>
#include <sys/wait.h>

static CHECK_UNUSED void free_a_foreign_pointer(void) {
    char here[64];
    free(opaque(here));
    _exit(0);
}

/* Returns the status of a child that ran `body` with standard error at `fd`; -1 closes it. */
static CHECK_UNUSED int status_of(void (*body)(void), int fd) {
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (fd < 0)
            close(2);
        else
            dup2(fd, 2);
        body();
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return status;
}

#endif
