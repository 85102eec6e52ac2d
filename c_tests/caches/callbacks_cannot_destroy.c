/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    destroying a cache from within a callback of its own is EBUSY, and changes nothing */
#include "cache.h"

static quarry_cache *cache;
static int tries;

static int destroy_in_it(void *object, void *arg) {
    (void)object, (void)arg;
    errno = 0;
    CHECK(quarry_cache_destroy(cache) == -1 && errno == EBUSY);
    tries++;
    return 0;
}

int main(void) {
    cache = quarry_cache_create("destroyer", 64, 0, destroy_in_it, NULL, NULL, NULL, 0);
    CHECK(cache != NULL);
    quarry_cache_free(cache, take(cache));
    CHECK(tries > 0);
    CHECK(quarry_cache_destroy(cache) == 0);
    return 0;
}
