/* expect: exit 0
 * run:    glibc
 * needs:  quarry
 * env:    QUARRY_SO=$QUARRY_SO
 * why:    dlclose must not unmap code that thread exit, exit and fork still call: the library stays (-z nodelete), and so do
 *         the objects it gave */
#include "loaded.h"
#include <sys/wait.h>

static struct late_quarry quarry;

static void *body(void *argument) {
    quarry.free(quarry.malloc(100));
    return argument;
}

int main(void) {
    char *kept = NULL;
    for (int round = 0; round < 20; round++) {
        void *handle = dlopen(getenv("QUARRY_SO"), RTLD_NOW);
        quarry = late_quarry(handle);
        if (kept != NULL)
            CHECK(holds(kept, 500, 1) && (quarry.free(kept), 1));
        CHECK((kept = quarry.malloc(500)) != NULL);
        fill(kept, 500, 1);
        CHECK(dlclose(handle) == 0);
        join(start(body, NULL));
        int status;
        pid_t child = fork();
        if (child == 0) {
            quarry.free(kept);
            exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    return 0;
}
