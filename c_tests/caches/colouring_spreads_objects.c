/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    Bonwick 1994, 4.1: slabs with room to spare start their objects at different cache lines, lest all objects of a size
 *         meet in a few sets of the cache; with QUARRY_CACHE_NOCOLOUR all start alike */
#include "slabinfo.h"

enum { SLABS = 40, MOST = 100000 };

static int ascending(const void *a, const void *b) { return *(const uintptr_t *)a < *(const uintptr_t *)b ? -1 : 1; }

/* Returns at how many different offsets slabs of this size start their objects; `spare` is what a slab has left over. */
static int colours(size_t size, unsigned flags, size_t *spare) {
    static uintptr_t objects[MOST];
    struct counts counts = {0, 0};
    uint64_t seen[4] = {0}; /* offsets in cache lines: a slab starts with a granule and leaves less than one over */
    quarry_cache *cache = quarry_cache_create("coloured", size, 64, construct, destruct, NULL, &counts, flags);
    CHECK_AT(cache != NULL, size);
    size_t count = 0;
    objects[count++] = (uintptr_t)take(cache);
    struct row row = row_of("coloured");
    *spare = row.pages * 4096 - row.per_slab * row.size;
    /* Until every object that was ever made is out, so that the lowest of each slab is among them. */
    while (count < SLABS * row.per_slab || counts.constructed != count) {
        CHECK_AT(count < MOST, size);
        objects[count++] = (uintptr_t)take(cache);
    }
    qsort(objects, count, sizeof *objects, ascending);
    for (uintptr_t i = 0, end = 0; i < count; i++) {
        if (objects[i] < end)
            continue;
        uintptr_t start = objects[i] / (16 * KIB) * (16 * KIB), line = (objects[i] - start) / 64;
        end = start + row.pages * 4096;
        seen[line / 64] |= 1ul << line % 64;
    }
    for (size_t i = 0; i < count; i++)
        quarry_cache_free(cache, (void *)objects[i]);
    CHECK_AT(quarry_cache_destroy(cache) == 0, size);
    return __builtin_popcountl(seen[0]) + __builtin_popcountl(seen[1]) + __builtin_popcountl(seen[2]) +
           __builtin_popcountl(seen[3]);
}

int main(void) {
    int coloured = 0;
    for (size_t size = 64, spare; size <= 6000; size += 320) {
        int found = colours(size, 0, &spare);
        if (spare >= 128) {
            CHECK_AT(found > 1, size);
            coloured++;
        }
        CHECK_AT(colours(size, QUARRY_CACHE_NOCOLOUR, &spare) == 1, size);
    }
    CHECK_AT(coloured >= 3, coloured);
    return 0;
}
