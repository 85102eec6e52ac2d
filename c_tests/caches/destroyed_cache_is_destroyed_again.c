/* expect: abort "destroyed cache"
 * run:    shared static
 * needs:  quarry
 * why:    a second destroy must not reach whoever has the place of the first cache */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("gone", 64);
    CHECK(quarry_cache_destroy(cache) == 0);
    announce("destroyed cache", cache, 0);
    return quarry_cache_destroy(cache) == 0 ? 2 : 3;
}
