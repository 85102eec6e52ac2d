/* expect: abort "foreign pointer"
 * run:    shared static
 * needs:  quarry
 * why:    an address on the stack was never Quarry's */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    char here[64];
    quarry_cache *cache = plain("foreign", 64);
    announce("foreign pointer", here, 0);
    quarry_cache_free(cache, opaque(here));
    quarry_cache_reap(cache);
    return 2;
}
