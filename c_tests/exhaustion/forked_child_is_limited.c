/* expect: exit 0
 * why:    a child that limits itself and runs out must find its parent's objects whole, and the parent nothing changed */
#include "exhaust.h"
#include <sys/wait.h>

int main(void) {
    char *kept = malloc(100000);
    CHECK(kept != NULL);
    fill(kept, 100000, 1);
    for (int round = 0; round < 3; round++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            limit(RLIMIT_DATA, 100 * MIB);
            exhaust(1000, 16 * MIB);
            CHECK(holds(kept, 100000, 1));
            free(kept);
            exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
        CHECK(holds(kept, 100000, 1));
    }
    free(kept);
    return 0;
}
