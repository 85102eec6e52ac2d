/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    every object that was constructed is destructed when the cache goes, no other one, and none twice: the destructor
 *         checks the mark and takes it away */
#include "cache.h"

int main(void) {
    static void *objects[3000];
    for (size_t size = 8; size <= 100000; size = size * 3 + 1) {
        struct counts counts = {0, 0};
        int many = size < 1000 ? 3000 : 30;
        quarry_cache *cache = counted("once", size, &counts);
        for (int i = 0; i < many; i++)
            objects[i] = take(cache);
        CHECK_AT(counts.destructed == 0, size);
        for (int i = 0; i < many; i++)
            quarry_cache_free(cache, objects[i]);
        CHECK_AT(quarry_cache_destroy(cache) == 0, size);
        CHECK_AT(counts.constructed >= (size_t)many, counts.constructed);
        CHECK_AT(counts.destructed == counts.constructed, counts.destructed);
        CHECK_AT(quarry_check() == 0, size);
    }
    return 0;
}
