/* expect: exit 0
 * run:    preload shared
 * needs:  quarry
 * prep:   cp $QUARRY_SO libsecond.so
 * env:    LD_PRELOAD=$QUARRY_SO:./libsecond.so
 * why:    a preloaded copy and another one, as when a package brings its own: the first in the loader's order serves
 *         everybody, the second must not disturb it, in threads and forks neither */
#include "../check.h"
#include <sys/wait.h>

static void *body(void *argument) {
    for (size_t size = 1; size < 3 * GIB; size = size * 3 + 1) {
        char *p = malloc(size);
        CHECK_AT(p != NULL, size);
        p[0] = p[size - 1] = 1;
        free(p);
    }
    return argument;
}

int main(void) {
    int status;
    body(NULL);
    for (int i = 0; i < 10; i++)
        join(start(body, NULL));
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        body(NULL);
        exit(0);
    }
    CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    return 0;
}
