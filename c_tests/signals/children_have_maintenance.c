/* expect: exit 0
 * run:    preload
 * conf:   maintenance_thread:always,decay_ms:0
 * stderr: .*
 * why:    the child of a fork in a handler that interrupted the allocator starts a maintenance thread of its own: whoever
 *         waits for a lock that it holds is not stopped as if the lock had gone with a thread of the parent's */
#include "../check.h"
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CHILDREN = 80, OBJECTS = 2000, SECONDS = 2 };

static volatile sig_atomic_t child, children;
static char *well;

static void fork_here(int signal_number) {
    (void)signal_number;
    int error = errno;
    if (child == 0 && children < CHILDREN) {
        children++;
        if (fork() == 0)
            child = children;
    }
    errno = error;
}

static void pass(void) {
    static void *objects[OBJECTS];
    for (size_t i = 0; i < OBJECTS; i++)
        CHECK((objects[i] = malloc(16 + i * 17 % 9000)) != NULL);
    for (size_t i = 0; i < OBJECTS; i++)
        free(objects[i]);
}

int main(void) {
    well = mmap(NULL, CHILDREN + 1, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(well != MAP_FAILED);
    CHECK(signal(SIGALRM, fork_here) != SIG_ERR);
    struct itimerval every = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
    CHECK(setitimer(ITIMER_REAL, &every, NULL) == 0);
    while (child == 0 && children < CHILDREN)
        pass();
    if (child != 0) {
        /* What went with a thread of the parent's shows in the first pass. */
        pass();
        malloc_trim(0);
        well[child] = 1;
        for (time_t end = time(NULL) + SECONDS; time(NULL) < end;)
            pass();
        _exit(0);
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    for (int number = 0; number < CHILDREN; number++) {
        int status;
        CHECK(wait(&status) > 0);
        well[0] += status != 0;
    }
    int went_well = 0;
    for (int number = 1; number <= CHILDREN; number++)
        went_well += well[number];
    CHECK_AT(well[0] <= CHILDREN - went_well, well[0]);
    return 0;
}
