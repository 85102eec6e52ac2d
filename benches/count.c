/* count LOOP TIMES: loops whose instructions callgrind counts (src/count.rs runs each twice and takes the difference,
 * so that start, warm-up and exit cancel).
 *
 * Unit: one turn, which is a pair of malloc and free in every loop but `realloc`, where it is a chain.
 * Path: named by each loop below. Objects are touched at one byte, so the kernel and memset stay out of the count.
 * Every turn costs the loop itself some instructions, the same under every allocator. */
#include "loads/load.h"

/* The object comes back at once: magazines, caches and free lists hit. */
static void pair(size_t times)
{
    for (size_t turn = 0; turn < times; turn++) {
        volatile char *object = malloc(48);
        *object = 1;
        free((void *)object);
    }
}

/* A window of live objects of eight sizes: hits still, but no longer of the object that was freed last. */
static void window(size_t times)
{
    enum { LIVE = 32 };
    static const size_t sizes[8] = {16, 24, 40, 64, 100, 200, 500, 1000};
    static void *objects[LIVE];

    for (size_t turn = 0; turn < times; turn++) {
        free(objects[turn % LIVE]);
        objects[turn % LIVE] = take(sizes[turn % 8]);
        use(objects[turn % LIVE], 1);
    }
}

enum { MANY = 10000, HANDED = 1000 };
static void *many[MANY];

/* Many at once, then all of them freed: what a thread caches runs empty and full, and what lies below does the work. */
static void refill(size_t times)
{
    for (size_t turn = 0; turn < times; turn += MANY) {
        for (size_t at = 0; at < MANY; at++) {
            many[at] = take(64);
            use(many[at], 1);
        }
        for (size_t at = 0; at < MANY; at++)
            free(many[at]);
    }
}

static pthread_barrier_t handed, returned;

static void *free_what_comes(void *times)
{
    for (size_t turn = 0; turn < (size_t)(uintptr_t)times; turn += HANDED) {
        pthread_barrier_wait(&handed);
        for (size_t at = 0; at < HANDED; at++)
            free(many[at]);
        pthread_barrier_wait(&returned);
    }
    return NULL;
}

/* One thread allocates, another frees, a thousand at a time. */
static void remote(size_t times)
{
    pthread_barrier_init(&handed, NULL, 2);
    pthread_barrier_init(&returned, NULL, 2);
    pthread_t other = start_thread(free_what_comes, (void *)(uintptr_t)times);
    for (size_t turn = 0; turn < times; turn += HANDED) {
        for (size_t at = 0; at < HANDED; at++) {
            many[at] = take(64);
            use(many[at], 1);
        }
        pthread_barrier_wait(&handed);
        pthread_barrier_wait(&returned);
    }
    join_thread(other);
}

static void pairs_of(size_t size, size_t times)
{
    for (size_t turn = 0; turn < times; turn++) {
        void *object = take(size);
        use(object, 1);
        free(object);
    }
}

static void large(size_t times)
{
    pairs_of(64 * KIB, times);
}

static void huge(size_t times)
{
    pairs_of(MIB, times);
}

/* Clearing counts here: it is what calloc is for. */
static void zeroed(size_t times)
{
    for (size_t turn = 0; turn < times; turn++) {
        void *object = calloc(1, 256);
        if (object == NULL)
            stop("calloc refused");
        use(object, 1);
        free(object);
    }
}

/* A string that doubles from 16 B to 1 MiB. Copying counts here: a realloc in place has none. */
static void grow(size_t times)
{
    for (size_t turn = 0; turn < times; turn++) {
        void *object = NULL;
        for (size_t size = 16; size <= MIB; size *= 2) {
            object = realloc(object, size);
            if (object == NULL)
                stop("realloc refused");
            use(object, 1);
        }
        free(object);
    }
}

static const struct {
    const char *name;
    void (*run)(size_t times);
} loops[] = {
    {"pair", pair},   {"window", window}, {"refill", refill}, {"remote", remote},
    {"large", large}, {"huge", huge},     {"calloc", zeroed}, {"realloc", grow},
};

int main(int argc, char **argv)
{
    size_t times = argument(argc, argv, 2, "TIMES");
    for (size_t at = 0; at < sizeof loops / sizeof *loops; at++) {
        if (strcmp(argv[1], loops[at].name) == 0) {
            loops[at].run(times);
            return 0;
        }
    }
    stop("no such loop");
}
