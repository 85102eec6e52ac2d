/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    eight threads create, use and destroy caches at once, and hand each other caches to use and destroy */
#include "cache.h"

enum { THREADS = 8, ROUNDS = 1500 };

/* A cache that its creator left for whoever comes next. */
static quarry_cache *left;
static struct counts counts;

static void *body(void *argument) {
    uint64_t random = (uint64_t)(uintptr_t)argument + 1;
    for (int round = 0; round < ROUNDS; round++) {
        void *objects[20];
        quarry_cache *cache = counted("shared", (size_t)16 << next_random(&random) % 9, &counts);
        for (int i = 0; i < 20; i++)
            objects[i] = take(cache);
        for (int i = 0; i < 20; i++) {
            CHECK_AT(is_constructed(objects[i]), round);
            quarry_cache_free(cache, objects[i]);
        }
        cache = __atomic_exchange_n(&left, cache, __ATOMIC_ACQ_REL);
        if (cache == NULL)
            continue;
        void *object = take(cache);
        CHECK_AT(is_constructed(object), round);
        quarry_cache_free(cache, object);
        CHECK_AT(quarry_cache_destroy(cache) == 0, round);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(quarry_cache_destroy(left) == 0);
    CHECK_AT(counts.constructed == counts.destructed, counts.constructed - counts.destructed);
    CHECK(quarry_check() == 0);
    return 0;
}
