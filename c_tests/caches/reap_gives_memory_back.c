/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    what is free is destructed, and its slabs go; what is in use stays; the bytes that went are told */
#include "cache.h"

enum { OBJECTS = 20000, SIZE = 1000 };

int main(void) {
    static char *objects[OBJECTS];
    struct counts counts = {0, 0};
    quarry_cache *cache = counted("reaped", SIZE, &counts);
    for (int i = 0; i < OBJECTS; i++) {
        objects[i] = take(cache);
        fill(objects[i] + 8, SIZE - 8, (unsigned long)i);
    }
    CHECK(quarry_cache_reap(cache) <= 256 * KIB && counts.destructed < 512);
    size_t before = counts.destructed;
    for (int i = 100; i < OBJECTS; i++)
        quarry_cache_free(cache, objects[i]);
    size_t bytes = quarry_cache_reap(cache);
    CHECK_AT(bytes >= (OBJECTS - 1000) * SIZE && bytes < OBJECTS * SIZE * 9 / 8, bytes);
    CHECK_AT((counts.destructed - before) * SIZE <= bytes, counts.destructed);
    CHECK_AT(counts.constructed - counts.destructed < 1000, counts.constructed - counts.destructed);
    malloc_trim(0);
    CHECK_AT(resident_bytes() < 8 * MIB, resident_bytes());
    for (int i = 0; i < 100; i++) {
        CHECK_AT(is_constructed(objects[i]) && holds(objects[i] + 8, SIZE - 8, (unsigned long)i), i);
        quarry_cache_free(cache, objects[i]);
    }
    CHECK(quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
