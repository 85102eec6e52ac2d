/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a thread whose first call is on a cache comes to the magazine that a dead thread left, which has objects: they are
 *         the first to be handed out, and none of them is lost */
#include "cache.h"

enum { OBJECTS = 2000, THREADS = 50 };

static quarry_cache *cache;

static void *take_one(void *unused) {
    (void)unused;
    return take(cache);
}

int main(void) {
    static void *objects[OBJECTS], *taken[THREADS];
    struct counts counts = {0, 0};
    cache = counted("inherited", 104, &counts);
    /* The depot has full magazines. */
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = take(cache);
    for (int i = 0; i < OBJECTS; i++)
        quarry_cache_free(cache, objects[i]);
    /* Each thread but the first finds what the one before it took from the depot and left. */
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread = start(take_one, NULL);
        CHECK(pthread_join(thread, &taken[i]) == 0);
        for (int j = 0; j < i; j++)
            CHECK_AT(taken[i] != taken[j], i);
        CHECK_AT(quarry_check() == 0, i);
    }
    CHECK(counts.constructed <= OBJECTS + 200);
    for (int i = 0; i < THREADS; i++)
        quarry_cache_free(cache, taken[i]);
    CHECK(quarry_cache_destroy(cache) == 0);
    CHECK(counts.constructed == counts.destructed);
    return 0;
}
