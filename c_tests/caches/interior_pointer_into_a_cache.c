/* expect: abort "interior pointer"
 * run:    shared static
 * needs:  quarry
 * why:    16 bytes into an object of 64: no object starts there, whatever the colour of the slab */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *cache = plain("inside", 64);
    char *object = take(cache);
    announce_told("interior pointer", object + 16, (struct told){.class_size = 64, .object = object, .of = "inside"});
    quarry_cache_free(cache, object + 16);
    quarry_cache_reap(cache);
    return 2;
}
