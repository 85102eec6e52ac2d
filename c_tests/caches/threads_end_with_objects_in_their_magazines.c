/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    what threads that are gone, or that wait, left in their magazines is destructed with the cache */
#include "cache.h"

enum { THREADS = 12, OBJECTS = 300 };

static quarry_cache *cache;
static struct counts counts;
static pthread_barrier_t used, destroyed;

static void use(void) {
    void *objects[OBJECTS];
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = take(cache);
    for (int i = 0; i < OBJECTS; i++)
        quarry_cache_free(cache, objects[i]);
}

static void *use_and_end(void *unused) {
    use();
    return unused;
}

static void *use_and_wait(void *unused) {
    use();
    pthread_barrier_wait(&used);
    pthread_barrier_wait(&destroyed);
    return unused;
}

int main(void) {
    pthread_t ending[THREADS], waiting;
    CHECK(pthread_barrier_init(&used, NULL, 2) == 0 && pthread_barrier_init(&destroyed, NULL, 2) == 0);
    for (int round = 0; round < 20; round++) {
        cache = counted("left", 240, &counts);
        waiting = start(use_and_wait, NULL);
        for (int i = 0; i < THREADS; i++)
            ending[i] = start(use_and_end, NULL);
        for (int i = 0; i < THREADS; i++)
            join(ending[i]);
        pthread_barrier_wait(&used);
        CHECK_AT(quarry_cache_destroy(cache) == 0, round);
        CHECK_AT(counts.constructed == counts.destructed, round);
        pthread_barrier_wait(&destroyed);
        join(waiting);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
