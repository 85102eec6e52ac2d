/* expect: abort "double free"
 * run:    shared static
 * needs:  quarry
 * why:    an object of 1 MiB, which is a slab of its own */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("twice", MIB);
    void *object = take(cache);
    announce_of("double free", object, MIB, "twice");
    quarry_cache_free(cache, object);
    quarry_cache_free(cache, opaque(object));
    quarry_cache_reap(cache);
    return 2;
}
