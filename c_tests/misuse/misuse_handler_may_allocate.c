/* expect: exit 0
 * needs:  quarry
 * why:    crash handlers allocate though they should not: no lock may be held when SIGABRT is raised */
#include "child.h"

static void report(int signal_number) {
    for (int i = 0; i < 1000; i++)
        free(malloc((size_t)i * 1000));
    malloc_trim(0);
    _exit(signal_number == SIGABRT ? 42 : 1);
}

static void misuse_of_a_slab(void) {
    signal(SIGABRT, report);
    char *p = malloc(64);
    free(p);
    free(opaque(p));
    malloc_trim(0);
    _exit(2);
}

static void misuse_of_a_run(void) {
    signal(SIGABRT, report);
    char *p = malloc(8 * MIB);
    free(p);
    free(opaque(p));
    _exit(2);
}

int main(void) {
    int quiet = open("/dev/null", O_WRONLY), status;
    status = status_of(misuse_of_a_slab, quiet);
    CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 42, status);
    status = status_of(misuse_of_a_run, quiet);
    CHECK_AT(WIFEXITED(status) && WEXITSTATUS(status) == 42, status);
    return 0;
}
