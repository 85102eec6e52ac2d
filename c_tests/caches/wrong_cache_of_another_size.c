/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    an object of 48 bytes is freed into a cache of 4,000: the size that is told is the object's own */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *mine = plain("mine", 48), *other = plain("other", 4000);
    void *object = take(mine);
    quarry_cache_free(other, take(other));
    announce_told("wrong cache", object, (struct told){.class_size = 48, .of = "mine", .given_to = "other"});
    quarry_cache_free(other, object);
    quarry_cache_reap(other);
    return 2;
}
