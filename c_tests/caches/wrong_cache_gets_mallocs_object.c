/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    what malloc returned belongs to a size class, whose size is told */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("mine", 64);
    void *object = malloc(64);
    CHECK(object != NULL);
    announce("wrong cache", object, malloc_usable_size(object));
    quarry_cache_free(cache, opaque(object));
    quarry_cache_reap(cache);
    return 2;
}
