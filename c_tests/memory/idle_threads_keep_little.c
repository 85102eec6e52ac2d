/* expect: exit 0
 * needs:  quarry
 * why:    2,000 threads, all alive, each of which took 1 MiB once and gave it back, in one object, in 16,384 small ones, or in
 *         objects of mixed sizes: each keeps less than 64 KiB, its thread block and its magazines included. (As many as are
 *         quick to start everywhere; what one keeps does not depend on their number) */
#include "memory.h"

enum { THREADS = 2000, AT_ONCE = 50 };

static pthread_barrier_t end;

static void one_object(void) {
    char *p = malloc(MIB);
    CHECK(p != NULL);
    touch(p, MIB);
    free(p);
}

static void small_objects(void) {
    struct link *list = NULL;
    for (size_t left = MIB; left > 0; left -= 64) {
        struct link *link = malloc(64);
        CHECK(link != NULL);
        link->next = list;
        list = link;
    }
    give(list);
}

static void mixed_objects(uint64_t seed) {
    struct link *list = NULL;
    for (size_t left = MIB, size; left > 0; left -= size < left ? size : left) {
        size = 16 + next_random(&seed) % 2000;
        struct link *link = malloc(size);
        CHECK(link != NULL);
        touch(link, size);
        link->next = list;
        list = link;
    }
    give(list);
}

/* Touches as much stack as the others do. */
static void *nothing(void *number) {
    meet();
    pthread_barrier_wait(&end);
    return number;
}

static void *once(void *given) {
    uintptr_t number = (uintptr_t)given;
    if (number % 3 == 0)
        one_object();
    else if (number % 3 == 1)
        small_objects();
    else
        mixed_objects(number);
    meet();
    pthread_barrier_wait(&end);
    return NULL;
}

/* Returns what THREADS threads that all live cost, each having done `body`. */
static size_t cost(void *(*body)(void *)) {
    static pthread_t threads[THREADS];
    pthread_attr_t attributes;
    size_t before = resident_bytes();
    CHECK(pthread_barrier_init(&end, NULL, THREADS + 1) == 0);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 64 * KIB) == 0);
    /* Few at a time hold their mebibyte, so that the test shows what they keep and not what they need. */
    for (uintptr_t i = 0; i < THREADS; i += AT_ONCE) {
        CHECK(pthread_barrier_init(&step, NULL, AT_ONCE + 1) == 0);
        for (uintptr_t j = 0; j < AT_ONCE; j++)
            CHECK_AT(pthread_create(&threads[i + j], &attributes, body, (void *)(i + j)) == 0, i + j);
        meet();
    }
    malloc_trim(0);
    size_t after = resident_bytes();
    pthread_barrier_wait(&end);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    return after > before ? after - before : 0;
}

int main(void) {
    size_t bare = cost(nothing), used = cost(once);
    CHECK_AT(used < bare + THREADS * 64 * KIB, (used - bare) / THREADS);
    return 0;
}
