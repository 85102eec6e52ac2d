/* expect: abort "destroyed cache"
 * run:    shared static
 * needs:  quarry
 * why:    an object is freed once more after its cache is gone, and another cache may have its memory */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("gone", 64), *next;
    void *object = take(cache);
    quarry_cache_free(cache, object);
    CHECK(quarry_cache_destroy(cache) == 0);
    next = plain("next", 64);
    CHECK(next != cache && take(next) != NULL);
    announce("destroyed cache", cache, 0);
    quarry_cache_free(cache, opaque(object));
    return 2;
}
