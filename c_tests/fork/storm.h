/* Threads allocate while others fork. Each child frees what its parent's threads had, allocates, starts threads and forks again.
 * Every object that a thread has stands in a table from the moment it is returned to the moment it is given up, so a child knows
 * them all, but for one per thread that was on its way. */
#ifndef STORM_H
#define STORM_H
#include "../faults/loads.h"

#ifndef STORM_SIZES
#define STORM_SIZES 24, 100, 700, 3000, 20000, 90000
#endif

#ifndef STORM_HELD
#define STORM_HELD 24
#endif

enum { MOST_THREADS = 64, HELD = STORM_HELD };
static const size_t storm_sizes[] = {STORM_SIZES};

static struct table {
    char *volatile objects[HELD];
    size_t sizes[HELD];
} tables[MOST_THREADS];

static int storm_ends;

static CHECK_UNUSED void *allocate_on(void *argument) {
    struct table *table = argument;
    uint64_t random = (uint64_t)(table - tables) * 7919 + 13;
    while (!__atomic_load_n(&storm_ends, __ATOMIC_RELAXED)) {
        /* In bursts, so that magazines are exchanged. */
        unsigned burst = (unsigned)(next_random(&random) % HELD) + 1;
        for (unsigned i = 0; i < burst; i++) {
            char *old = table->objects[i];
            if (old == NULL)
                continue;
            CHECK(is_marked(old, table->sizes[i], i));
            table->objects[i] = NULL;
            free(old);
        }
        for (unsigned i = 0; i < burst; i++) {
            size_t size = storm_sizes[next_random(&random) % (sizeof storm_sizes / sizeof storm_sizes[0])];
            char *p = malloc(size);
            CHECK(p != NULL);
            mark(p, size, i);
            table->sizes[i] = size;
            table->objects[i] = p;
        }
        if (next_random(&random) % 2000 == 0)
            malloc_trim(0);
    }
    for (unsigned i = 0; i < HELD; i++) {
        free(table->objects[i]);
        table->objects[i] = NULL;
    }
    return NULL;
}

/* In a child: frees all that the lost threads had. */
static CHECK_UNUSED void free_tables(unsigned threads) {
    for (unsigned t = 0; t < threads; t++)
        for (unsigned i = 0; i < HELD; i++) {
            char *p = tables[t].objects[i];
            if (p == NULL)
                continue;
            CHECK_AT(is_marked(p, tables[t].sizes[i], i), t);
            tables[t].objects[i] = NULL;
            free(p);
        }
}

/* What a child does. With `more` it forks again, and starts threads. */
static CHECK_UNUSED void live_on(unsigned threads, int more) {
    static struct shadow shadow;
    alarm(120); /* a deadlock here ends as a signal there */
    free_tables(threads);
    body(&shadow);
    free_all(&shadow);
    if (more) {
        threads_at_once(&shadow);
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            live_on(0, 0);
            _exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    CHECK(shadow.refused == 0 && quarry_check() == 0);
}

#endif
