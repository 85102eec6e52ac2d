/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a constructor may reap the cache that it constructs for, which forgets how many objects the thread's magazines
 *         may hold while one is being filled: none of its objects is lost, so the cache can be destroyed */
#include "cache.h"

enum { MOST = 2000 };

static quarry_cache *cache;
static size_t reap_at = SIZE_MAX;

static int construct_and_reap(void *object, void *arg) {
    struct counts *counts = arg;
    int status = construct(object, arg);
    if (counts->constructed == reap_at)
        quarry_cache_reap(cache);
    return status;
}

int main(void) {
    static void *objects[MOST];
    for (size_t at = 1; at < 600; at += 1 + at / 16) {
        struct counts counts = {0, 0};
        cache = quarry_cache_create("reaping", 64, 0, construct_and_reap, destruct, NULL, &counts, 0);
        CHECK_AT(cache != NULL, at);
        size_t count = 0;
        /* Up to the refill that reaps and no further; then more is freed than its magazine holds. */
        for (reap_at = at; counts.constructed < at; count++)
            CHECK_AT((objects[count] = quarry_cache_alloc(cache)) != NULL, at);
        for (size_t i = 0; i < count; i++)
            quarry_cache_free(cache, objects[i]);
        CHECK_AT(quarry_check() == 0, at);
        CHECK_AT(quarry_cache_destroy(cache) == 0, at);
        CHECK_AT(counts.constructed == counts.destructed, at);
    }
    return 0;
}
