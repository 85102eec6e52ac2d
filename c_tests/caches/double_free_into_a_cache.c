/* expect: abort "double free"
 * run:    shared static
 * needs:  quarry
 * why:    recognised when the magazine is drained at the latest */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("twice", 128);
    void *object = take(cache);
    announce_of("double free", object, 128, "twice");
    quarry_cache_free(cache, object);
    quarry_cache_free(cache, opaque(object));
    quarry_cache_reap(cache);
    return 2;
}
