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
    announce_told("wrong cache", object,
                  (struct told){.class_size = malloc_usable_size(object), .given_to = "mine"});
    quarry_cache_free(cache, opaque(object));
    quarry_cache_reap(cache);
    return 2;
}
