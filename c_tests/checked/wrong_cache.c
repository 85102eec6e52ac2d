/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * conf:   checked:true
 * why:    object caches are checked at once */
#include "../caches/cache.h"
#include "../misuse/stop.h"

int main(void) {
    quarry_cache *mine = plain("mine", 64), *other = plain("other", 64);
    void *object = take(mine);
    announce_told("wrong cache", object, (struct told){.class_size = 64, .of = "mine", .given_to = "other"});
    quarry_cache_free(other, object);
    return 2;
}
