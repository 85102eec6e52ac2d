/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    bulk calls of every count: all objects are distinct and constructed; if the constructor fails half way, none is
 *         given, and none is lost */
#include "cache.h"

enum { MOST = 1000 };

static size_t most = SIZE_MAX;

static int construct_at_most(void *object, void *arg) {
    struct counts *counts = arg;
    return counts->constructed - counts->destructed >= most ? 1 : construct(object, arg);
}

int main(void) {
    static void *objects[MOST];
    struct counts counts = {0, 0};
    quarry_cache *cache = quarry_cache_create("bulk", 80, 0, construct_at_most, destruct, NULL, &counts, 0);
    CHECK(cache != NULL && quarry_cache_alloc_bulk(cache, 0, objects) == 0);
    quarry_cache_free_bulk(cache, 0, objects);
    for (size_t count = 1; count <= MOST; count += 1 + count / 7) {
        CHECK_AT(quarry_cache_alloc_bulk(cache, count, objects) == count, count);
        for (size_t i = 0; i < count; i++) {
            CHECK_AT(is_constructed(objects[i]), count);
            ((size_t *)objects[i])[1] = i;
        }
        for (size_t i = 0; i < count; i++)
            CHECK_AT(((size_t *)objects[i])[1] == i, count);
        quarry_cache_free_bulk(cache, count, objects);
    }
    quarry_cache_reap(cache);
    for (most = 100; most < MOST; most += 300) {
        errno = 0;
        CHECK_AT(quarry_cache_alloc_bulk(cache, MOST, objects) == 0 && errno == ENOMEM, most);
    }
    CHECK(quarry_cache_alloc_bulk(cache, MOST, objects) == MOST && quarry_check() == 0);
    quarry_cache_free_bulk(cache, MOST, objects);
    CHECK(quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
