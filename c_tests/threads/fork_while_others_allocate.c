/* expect: exit 0
 * why:    POSIX fork: only the calling thread lives on in the child; glibc promises besides that malloc works there. 200 forks
 *         while four threads hold locks at random: the child allocates, frees its parent's objects and ends */
#include "busy.h"
#include <sys/wait.h>

enum { FORKS = 200, OBJECTS = 100 };

int main(void) {
    char *parents[OBJECTS];
    for (int i = 0; i < OBJECTS; i++) {
        CHECK((parents[i] = malloc((size_t)i * i * 3 + 1)) != NULL);
        fill(parents[i], (size_t)i * i * 3 + 1, (unsigned long)i);
    }
    busy_begin();
    for (int round = 0; round < FORKS; round++) {
        int status;
        pid_t child = fork();
        CHECK_AT(child >= 0, round);
        if (child == 0) {
            alarm(30); /* a deadlock here ends as a signal there */
            for (int i = 0; i < OBJECTS; i++) {
                CHECK_AT(holds(parents[i], (size_t)i * i * 3 + 1, (unsigned long)i), round);
                free(parents[i]);
            }
            for (size_t size = 1; size < 20 * MIB; size = size * 2 + 1)
                free(malloc(size));
            malloc_trim(0);
            exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    busy_end();
    for (int i = 0; i < OBJECTS; i++) {
        CHECK(holds(parents[i], (size_t)i * i * 3 + 1, (unsigned long)i));
        free(parents[i]);
    }
    return 0;
}
