/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    Bonwick 1994, 2.2: an object is constructed when it is cut, not when it is allocated: a hundred rounds over the same
 *         thousand objects construct no more than the first round did */
#include "cache.h"

enum { OBJECTS = 1000, ROUNDS = 100 };

int main(void) {
    static void *objects[OBJECTS];
    struct counts counts = {0, 0};
    quarry_cache *cache = counted("once", 200, &counts);
    size_t after_the_first = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < OBJECTS; i++) {
            objects[i] = take(cache);
            CHECK_AT(is_constructed(objects[i]), i);
        }
        if (round == 0)
            after_the_first = counts.constructed;
        for (int i = 0; i < OBJECTS; i++)
            quarry_cache_free(cache, objects[i]);
    }
    CHECK_AT(after_the_first >= OBJECTS, after_the_first);
    CHECK_AT(counts.constructed - counts.destructed <= after_the_first + OBJECTS / 2, counts.constructed);
    CHECK_AT(counts.constructed < 2 * OBJECTS + after_the_first, counts.constructed);
    CHECK(quarry_cache_destroy(cache) == 0);
    return 0;
}
