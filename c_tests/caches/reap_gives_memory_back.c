/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    what is free is destructed, and its slabs go, empty ones all; what is in use stays; the bytes that went are told */
#include "slabinfo.h"

enum { OBJECTS = 20000, SIZE = 1000, KEPT = 100 };

int main(void) {
    static char *objects[OBJECTS];
    struct counts counts = {0, 0};
    quarry_cache *cache = counted("reaped", SIZE, &counts);
    for (int i = 0; i < OBJECTS; i++) {
        objects[i] = take(cache);
        fill(objects[i] + 8, SIZE - 8, (unsigned long)i);
    }
    for (int i = KEPT; i < OBJECTS; i++)
        quarry_cache_free(cache, objects[i]);
    struct row before = row_of("reaped");
    size_t bytes = quarry_cache_reap(cache);
    struct row after = row_of("reaped");
    CHECK_AT(bytes == (before.slabs - after.slabs) * after.pages * 4096 && bytes > 0, bytes);
    CHECK(after.active == KEPT && after.in_magazines == 0 && after.in_depot == 0 && after.slabs == after.slabs_in_use);
    CHECK_AT(counts.constructed - counts.destructed <= after.all, counts.destructed);
    malloc_trim(0);
    CHECK_AT(resident_bytes() < 8 * MIB, resident_bytes());
    for (int i = 0; i < KEPT; i++) {
        CHECK_AT(is_constructed(objects[i]) && holds(objects[i] + 8, SIZE - 8, (unsigned long)i), i);
        quarry_cache_free(cache, objects[i]);
    }
    CHECK(quarry_cache_reap(cache) == after.slabs * after.pages * 4096 && counts.constructed == counts.destructed);
    CHECK(quarry_cache_destroy(cache) == 0);
    return 0;
}
