/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a constructor that always fails: NULL and ENOMEM, no destructor runs, and when it recovers so does the cache */
#include "cache.h"

static int failing = 1;

static int construct_or_fail(void *object, void *arg) { return failing ? 77 : construct(object, arg); }

int main(void) {
    for (size_t size = 8; size <= 3 * MIB; size = size * 5) {
        struct counts counts = {0, 0};
        quarry_cache *cache = quarry_cache_create("failing", size, 0, construct_or_fail, destruct, NULL, &counts, 0);
        CHECK_AT(cache != NULL, size);
        failing = 1;
        for (int i = 0; i < 200; i++) {
            errno = 0;
            CHECK_AT(quarry_cache_alloc(cache) == NULL && errno == ENOMEM, size);
        }
        CHECK_AT(counts.destructed == 0 && quarry_check() == 0, size);
        failing = 0;
        void *object = take(cache);
        CHECK_AT(is_constructed(object), size);
        quarry_cache_free(cache, object);
        CHECK_AT(quarry_cache_destroy(cache) == 0 && counts.destructed == counts.constructed, size);
    }
    return 0;
}
