/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    the n-th construction fails, for every n: at most one allocation is refused, all others give constructed objects,
 *         and in the end as many were destructed as constructed */
#include "cache.h"

enum { OBJECTS = 120 };

static size_t until_failure;

static int construct_but_once(void *object, void *arg) { return until_failure-- == 0 ? 1 : construct(object, arg); }

int main(void) {
    static void *objects[OBJECTS];
    for (size_t n = 0; n < OBJECTS; n++) {
        struct counts counts = {0, 0};
        int refused = 0;
        until_failure = n;
        quarry_cache *cache = quarry_cache_create("once", 1000, 0, construct_but_once, destruct, NULL, &counts, 0);
        CHECK_AT(cache != NULL, n);
        for (int i = 0; i < OBJECTS; i++) {
            objects[i] = quarry_cache_alloc(cache);
            refused += objects[i] == NULL;
            CHECK_AT(objects[i] == NULL || is_constructed(objects[i]), n);
        }
        CHECK_AT(refused <= 1 && quarry_check() == 0, n);
        for (int i = 0; i < OBJECTS; i++)
            quarry_cache_free(cache, objects[i]);
        CHECK_AT(quarry_cache_destroy(cache) == 0 && counts.destructed == counts.constructed, n);
    }
    return 0;
}
