/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    a handler that forks comes at random to threads that allocate: the process goes on, and each child, which goes on with
 *         the interrupted call, ends well or is stopped by the line that says a lock went with a lost thread; it never hangs */
#include "step.h"
#include <sys/time.h>

enum { THREADS = 6, CHILDREN = 200, KEPT = 32 };

static int children_left = CHILDREN;
static unsigned long well, told;
static int ends;
static __thread volatile sig_atomic_t is_child;

static void fork_here(int signal_number) {
    (void)signal_number;
    int error = errno;
    if (is_child || __atomic_sub_fetch(&children_left, 1, __ATOMIC_RELAXED) < 0)
        return;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        is_child = 1;
        alarm(50);
        CHECK(dup2(error_file, 2) == 2);
    } else {
        int status;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK_AT(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT), status);
        __atomic_add_fetch(status == 0 ? &well : &told, 1, __ATOMIC_RELAXED);
    }
    errno = error;
}

static void *work(void *argument) {
    char *kept[KEPT] = {NULL};
    uint64_t random = (uint64_t)(uintptr_t)argument + 31;
    while (!__atomic_load_n(&ends, __ATOMIC_RELAXED)) {
        unsigned i = (unsigned)(next_random(&random) % KEPT);
        free(kept[i]);
        size_t size = next_random(&random) % ((size_t)16 << next_random(&random) % 16) + 1;
        CHECK((kept[i] = malloc(size)) != NULL);
        kept[i][0] = (char)i;
        if (is_child) {
            static struct shadow shadow;
            body(&shadow);
            free_all(&shadow);
            _exit(shadow.refused != 0);
        }
        if (next_random(&random) % 3000 == 0)
            malloc_trim(0);
    }
    for (unsigned i = 0; i < KEPT; i++)
        free(kept[i]);
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    struct sigaction action = {.sa_handler = fork_here, .sa_flags = SA_RESTART};
    error_file = (int)syscall(SYS_memfd_create, "errors", 0);
    CHECK(error_file >= 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(work, (void *)(uintptr_t)(i + 1));
    for (unsigned n = 0; __atomic_load_n(&children_left, __ATOMIC_RELAXED) > 0; n++) {
        pthread_kill(threads[n % THREADS], SIGUSR1);
        usleep(2000);
    }
    __atomic_store_n(&ends, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    /* Nothing but that line was written. */
    char text[sizeof LOST];
    for (off_t at = 0; pread(error_file, text, sizeof LOST - 1, at) > 0; at += (off_t)sizeof LOST - 1)
        CHECK(memcmp(text, LOST, sizeof LOST - 1) == 0);
    CHECK(well > 0 && quarry_check() == 0);
    say_cases(well + told);
    return 0;
}
