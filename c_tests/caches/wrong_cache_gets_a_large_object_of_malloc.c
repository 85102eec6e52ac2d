/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    large objects are checked at once, as in free: 100 KiB of malloc are freed into a cache of 100 KiB */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("large", 100 * KIB);
    void *object = malloc(100 * KIB);
    CHECK(object != NULL);
    announce_told("wrong cache", object,
                  (struct told){.class_size = malloc_usable_size(object), .given_to = "large"});
    quarry_cache_free(cache, opaque(object));
    quarry_cache_reap(cache);
    return 2;
}
