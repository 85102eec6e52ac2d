/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    nothing is written into free memory, so every byte that a user left in an object is there for the next one */
#include "cache.h"

enum { OBJECTS = 500, SIZE = 136 };

static int number_it(void *object, void *arg) {
    fill(object, SIZE, (*(unsigned long *)arg)++);
    return 0;
}

/* Which number an object was filled with. */
static unsigned long number_of(const void *object, unsigned long count) {
    for (unsigned long number = 0; number < count; number++)
        if (holds(object, SIZE, number))
            return number;
    CHECK(!"an object lost its bytes");
    return 0;
}

int main(void) {
    static void *objects[OBJECTS];
    unsigned long count = 0;
    quarry_cache *cache = quarry_cache_create("untouched", SIZE, 0, number_it, NULL, NULL, &count, 0);
    CHECK(cache != NULL);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < OBJECTS; i++) {
            objects[i] = take(cache);
            number_of(objects[i], count);
        }
        for (int i = 0; i < OBJECTS; i++)
            quarry_cache_free(cache, objects[(i * 7 + round) % OBJECTS]);
    }
    CHECK(quarry_cache_destroy(cache) == 0);
    return 0;
}
