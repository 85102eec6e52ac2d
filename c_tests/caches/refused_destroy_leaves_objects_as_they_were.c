/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * stderr: (quarry: cache 'kept' cannot be destroyed: 1 object is live, at 0x[0-9a-f]+.?)+
 * why:    after a refusal the cache is as it was: the object keeps its bytes, others can be had, and later it can go */
#include "cache.h"

int main(void) {
    struct counts counts = {0, 0};
    quarry_cache *cache = counted("kept", 480, &counts);
    for (int round = 0; round < 3; round++) {
        char *kept = take(cache);
        fill(kept + 8, 472, 5);
        CHECK_AT(quarry_cache_destroy(cache) == -1 && errno == EBUSY, round);
        for (int i = 0; i < 1000; i++) {
            void *other = take(cache);
            CHECK_AT(is_constructed(other) && other != kept, i);
            quarry_cache_free(cache, other);
        }
        CHECK_AT(is_constructed(kept) && holds(kept + 8, 472, 5), round);
        quarry_cache_free(cache, kept);
    }
    CHECK(quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
