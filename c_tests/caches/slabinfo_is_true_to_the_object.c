/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    quarry.h: exact while no other thread allocates. Active objects are those that the program has, and all objects are
 *         active, in magazines, in the depot, or free in slabs */
#include "slabinfo.h"

enum { OBJECTS = 2000 };

int main(void) {
    static const size_t sizes[] = {8, 64, 200, 1000, 5000, 40000, 300000};
    static void *objects[OBJECTS];
    for (unsigned s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct counts counts = {0, 0};
        quarry_cache *cache = counted("true", sizes[s], &counts);
        size_t many = sizes[s] < 10000 ? OBJECTS : 50, live = 0;
        struct row row;
        for (int step = 0; step < 4; step++) {
            for (; live < many / (step % 2 == 0 ? 1 : 3); live++)
                objects[live] = take(cache);
            while (live > many / (step % 2 == 0 ? 1 : 3))
                quarry_cache_free(cache, objects[--live]);
            row = row_of("true");
            CHECK_AT(row.active == live, row.active);
            CHECK_AT(row.size >= sizes[s] && row.size < sizes[s] + 16 + sizes[s] / 8, row.size);
            CHECK_AT(row.all == row.slabs * row.per_slab, row.all);
            CHECK_AT(row.slabs_in_use <= row.slabs && row.slabs_in_use * row.per_slab >= live, row.slabs_in_use);
            CHECK_AT(row.active + row.in_magazines + row.in_depot <= row.all, row.in_magazines);
            CHECK_AT(counts.constructed - counts.destructed <= row.all, row.all);
            CHECK_AT(row.per_slab * row.size <= row.pages * 4096, row.pages);
        }
        while (live > 0)
            quarry_cache_free(cache, objects[--live]);
        quarry_cache_reap(cache);
        CHECK(rows_of("true", &row) == 0 || (row.active == 0 && row.in_magazines == 0 && row.in_depot == 0 && row.slabs <= 1));
        CHECK(quarry_cache_destroy(cache) == 0 && rows_of("true", &row) == 0);
    }
    return 0;
}
