/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    two caches of one size: that the sizes agree must not hide it */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *mine = plain("mine", 64), *other = plain("other", 64);
    void *object = take(mine);
    quarry_cache_free(other, take(other));
    announce_told("wrong cache", object, (struct told){.class_size = 64, .of = "mine", .given_to = "other"});
    quarry_cache_free(other, object);
    quarry_cache_reap(other);
    return 2;
}
