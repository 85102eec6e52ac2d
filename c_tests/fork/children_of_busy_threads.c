/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * env:    FORKS=${FORKS:-300}
 * why:    64 threads allocate while eight fork, $FORKS children in all (10,000 in the full form, `make soak`): each child frees
 *         its parent's objects, allocates, starts threads and forks again; nobody waits for ever and nothing is corrupted */
#include "storm.h"

enum { FORKERS = 8 };

static long left;

static void *fork_on(void *argument) {
    for (long n; (n = __atomic_sub_fetch(&left, 1, __ATOMIC_RELAXED)) >= 0;) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            live_on(MOST_THREADS, n % 4 == 0);
            _exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    return argument;
}

int main(void) {
    pthread_t threads[MOST_THREADS], forkers[FORKERS];
    const char *forks = getenv("FORKS");
    left = forks != NULL ? atol(forks) : 100;
    unsigned long children = (unsigned long)left;
    for (int i = 0; i < MOST_THREADS; i++)
        threads[i] = start(allocate_on, &tables[i]);
    for (int i = 0; i < FORKERS; i++)
        forkers[i] = start(fork_on, NULL);
    for (int i = 0; i < FORKERS; i++)
        join(forkers[i]);
    __atomic_store_n(&storm_ends, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < MOST_THREADS; i++)
        join(threads[i]);
    CHECK(quarry_check() == 0);
    say_cases(children);
    return 0;
}
