/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    every other construction fails: there are refusals, never more than failures, and no memory is lost by them */
#include "cache.h"

enum { OBJECTS = 400 };

static size_t calls;

static int construct_every_other(void *object, void *arg) { return calls++ % 2 == 0 ? -1 : construct(object, arg); }

int main(void) {
    static void *objects[OBJECTS];
    struct counts counts = {0, 0};
    quarry_cache *cache = quarry_cache_create("other", 3000, 0, construct_every_other, destruct, NULL, &counts, 0);
    CHECK(cache != NULL);
    size_t resident = 0;
    for (int round = 0; round < 200; round++) {
        size_t failures = calls - counts.constructed, refused = 0;
        for (int i = 0; i < OBJECTS; i++) {
            while ((objects[i] = quarry_cache_alloc(cache)) == NULL)
                CHECK_AT(errno == ENOMEM && ++refused <= calls - counts.constructed - failures, refused);
            CHECK_AT(is_constructed(objects[i]), i);
        }
        for (int i = 0; i < OBJECTS; i++)
            quarry_cache_free(cache, objects[i]);
        quarry_cache_reap(cache);
        if (round == 20)
            resident = resident_bytes();
    }
    CHECK_AT(resident_bytes() < resident + 4 * MIB, resident_bytes());
    CHECK(quarry_check() == 0);
    CHECK(quarry_cache_destroy(cache) == 0 && counts.destructed == counts.constructed);
    return 0;
}
