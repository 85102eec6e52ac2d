/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    destroying a cache from within a callback of any cache is EBUSY, and changes nothing */
#include "cache.h"

static quarry_cache *other;
static int tries;

static int destroy_in_it(void *object, void *arg) {
    (void)object, (void)arg;
    errno = 0;
    CHECK(quarry_cache_destroy(other) == -1 && errno == EBUSY);
    tries++;
    return 0;
}

static void destroy_at_its_end(void *object, void *arg) { destroy_in_it(object, arg); }

int main(void) {
    other = plain("other", 64);
    quarry_cache *cache = quarry_cache_create("destroyer", 64, 0, destroy_in_it, destroy_at_its_end, NULL, NULL, 0);
    CHECK(cache != NULL);
    quarry_cache_free(cache, take(cache));
    CHECK(tries > 0);
    quarry_cache_free(other, take(other));
    CHECK(quarry_cache_destroy(cache) == 0 && quarry_cache_destroy(other) == 0);
    return 0;
}
