/* expect: exit 0
 * why:    a forked child is a whole process: it starts threads that allocate and forks again, from a parent whose other
 *         threads were in the midst of allocating */
#include "busy.h"
#include <sys/wait.h>

static void *body(void *argument) {
    for (int i = 0; i < 2000; i++) {
        char *p = malloc((size_t)i * 7 % 9000 + 1);
        CHECK(p != NULL);
        p[0] = 1;
        free(p);
    }
    return argument;
}

static void family(int generation) {
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        threads[i] = start(body, NULL);
    if (generation < 3) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(30);
            family(generation + 1);
            exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    for (int i = 0; i < 4; i++)
        join(threads[i]);
}

int main(void) {
    busy_begin();
    for (int round = 0; round < 20; round++)
        family(0);
    busy_end();
    return 0;
}
