/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    a fork handler of the program's may itself fork, before, between and after the library's own handlers, while other
 *         threads allocate: each of the processes allocates and frees, and the threads of the first go on */
#include "storm.h"

enum { THREADS = 4, FORKS = 40 };

static __thread int inside;
static unsigned long forked_in_handlers;

static void fork_inside(void) {
    if (inside)
        return;
    inside = 1;
    char *before = malloc(500);
    CHECK(before != NULL);
    mark(before, 500, 1);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        static struct shadow shadow;
        alarm(60);
        CHECK(is_marked(before, 500, 1));
        free(before);
        body(&shadow);
        free_all(&shadow);
        _exit(0);
    }
    int status;
    CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    CHECK(is_marked(before, 500, 1));
    free(before);
    forked_in_handlers++;
    inside = 0;
}

/* Before the library's, where it is linked and registers when it is first called: so its own handlers run in between. */
static __attribute__((constructor(101))) void early(void) { pthread_atfork(fork_inside, fork_inside, fork_inside); }

int main(void) {
    pthread_t threads[THREADS];
    CHECK(pthread_atfork(fork_inside, fork_inside, fork_inside) == 0);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(allocate_on, &tables[i]);
    for (int n = 0; n < FORKS; n++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            live_on(THREADS, n % 4 == 0);
            _exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    __atomic_store_n(&storm_ends, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(forked_in_handlers >= 2 * FORKS && quarry_check() == 0);
    return 0;
}
