/* expect: abort "destroyed cache"
 * run:    shared static
 * needs:  quarry
 * why:    the caller keeps a pointer to a cache that is gone: its address is told */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("gone", 64);
    quarry_cache_free(cache, take(cache));
    CHECK(quarry_cache_destroy(cache) == 0);
    announce("destroyed cache", cache, 0);
    return quarry_cache_alloc(cache) == NULL ? 2 : 3;
}
