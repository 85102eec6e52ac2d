/* expect: abort "double free"
 * run:    shared static
 * needs:  quarry
 * why:    destroying drains the magazines: an object that is in two of them must not be destructed twice */
#include "cache.h"
#include "../misuse/stop.h"

static quarry_cache *cache;

static void *free_it(void *object) {
    quarry_cache_free(cache, object);
    return NULL;
}

int main(void) {
    cache = plain("twice", 128);
    void *object = take(cache);
    announce_of("double free", object, 128, "twice");
    quarry_cache_free(cache, object);
    join(start(free_it, opaque(object)));
    quarry_cache_destroy(cache);
    return 2;
}
