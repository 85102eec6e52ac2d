/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    quarry.h: exact while no other thread allocates. A thread keeps two magazines of 128 rounds for objects of 64 bytes,
 *         the depot takes the others when they are full; an object that was constructed and never went back to its slab is
 *         with the program, in the magazines or in the depot */
#include "slabinfo.h"

enum { ROUNDS = 128, OBJECTS = 20 * ROUNDS };

int main(void) {
    static void *objects[OBJECTS];
    struct counts counts = {0, 0};
    quarry_cache *cache = counted("depot", 64, &counts);
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = take(cache);
    struct row row = row_of("depot");
    CHECK_AT(row.active == OBJECTS && row.in_depot == 0, row.in_depot);
    CHECK_AT(row.active + row.in_magazines == counts.constructed, row.in_magazines);
    for (int freed = 1; freed <= OBJECTS; freed++) {
        quarry_cache_free(cache, objects[freed - 1]);
        if (freed % 100 != 0 && freed != OBJECTS)
            continue;
        row = row_of("depot");
        CHECK_AT(row.active == (size_t)(OBJECTS - freed) && counts.destructed == 0, row.active);
        CHECK_AT(row.active + row.in_magazines + row.in_depot == counts.constructed, row.in_magazines);
        CHECK_AT(row.in_depot % ROUNDS == 0 && row.in_magazines <= 2 * ROUNDS, row.in_depot);
    }
    /* The last of the full magazines that the thread does not keep: both of its own are full, or one is and one is begun. */
    size_t full = (counts.constructed + ROUNDS - 1) / ROUNDS - 2;
    CHECK_AT(row.in_depot == full * ROUNDS && full > 0, row.in_depot);
    CHECK_AT(row.in_magazines == counts.constructed - full * ROUNDS, row.in_magazines);
    CHECK(row.all == row.slabs * row.per_slab && row.all >= counts.constructed);
    CHECK(quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
