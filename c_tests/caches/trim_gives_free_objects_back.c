/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    malloc_trim gives back what caches hold too, and destructs it */
#include "cache.h"

enum { OBJECTS = 20000, SIZE = 1000 };

int main(void) {
    static char *objects[OBJECTS];
    struct counts counts = {0, 0};
    quarry_cache *cache = counted("trimmed", SIZE, &counts);
    for (int i = 0; i < OBJECTS; i++) {
        objects[i] = take(cache);
        fill(objects[i] + 8, SIZE - 8, (unsigned long)i);
    }
    for (int i = 0; i < OBJECTS; i++)
        quarry_cache_free(cache, objects[i]);
    malloc_trim(0);
    CHECK_AT(counts.constructed - counts.destructed < 1000, counts.constructed - counts.destructed);
    CHECK_AT(resident_bytes() < 8 * MIB, resident_bytes());
    CHECK(quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
