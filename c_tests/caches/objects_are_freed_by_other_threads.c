/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    one thread allocates, two others free: objects pass the depot constructed, and memory stays bounded */
#include "cache.h"

enum { SLOTS = 256, OBJECTS = 400000, SIZE = 400 };

static quarry_cache *cache;
static struct counts counts;
static void *slots[SLOTS];
static int done;

static void *free_what_comes(void *unused) {
    size_t freed = 0;
    for (int last = 0; !last;) {
        last = __atomic_load_n(&done, __ATOMIC_ACQUIRE);
        for (int i = 0; i < SLOTS; i++) {
            void *object = __atomic_exchange_n(&slots[i], NULL, __ATOMIC_ACQ_REL);
            CHECK(object == NULL || is_constructed(object));
            freed += object != NULL;
            quarry_cache_free(cache, object);
        }
    }
    (void)unused;
    return (void *)freed;
}

int main(void) {
    cache = counted("crossing", SIZE, &counts);
    pthread_t first = start(free_what_comes, NULL), second = start(free_what_comes, NULL);
    for (int i = 0; i < OBJECTS; i++) {
        void *object = take(cache), *none = NULL;
        CHECK_AT(is_constructed(object), i);
        while (!__atomic_compare_exchange_n(&slots[i % SLOTS], &none, object, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
            none = NULL;
    }
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
    size_t freed = (size_t)join(first) + (size_t)join(second);
    CHECK_AT(freed == OBJECTS, freed);
    CHECK_AT(counts.constructed < 20000, counts.constructed);
    CHECK(quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
