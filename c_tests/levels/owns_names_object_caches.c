/* expect: exit 0
 * needs:  quarry
 * run:    shared static
 * why:    quarry_owns tells an object of a cache with the cache's name, in use and free, coloured slabs included */
#include "levels.h"

static int fails_often(void *object, void *arg) {
    (void)object;
    return ++*(int *)arg % 3 == 0;
}

int main(void) {
    int calls = 0, made = 0;
    quarry_cache *cache = quarry_cache_create("stones", 200, 0, fails_often, NULL, NULL, &calls, 0);
    char *objects[500];
    quarry_place place;
    CHECK(cache != NULL);
    for (int i = 0; i < 900 && made < 500; i++)
        if ((objects[made] = quarry_cache_alloc(cache)) != NULL)
            made++;
    CHECK(made == 500);
    for (int free_now = 0; free_now < 2; free_now++) {
        for (int i = 0; i < made; i++)
            for (size_t offset = 0; offset < 200; offset += 199) {
                CHECK_AT(quarry_owns(objects[i] + offset, &place) == 1, i);
                CHECK_AT(place.object == objects[i] && place.size == 208 && strcmp(place.cache, "stones") == 0, i);
                CHECK_AT(place.state == (free_now ? QUARRY_PLACE_FREE : QUARRY_PLACE_IN_USE), i);
            }
        for (int i = 0; i < made && !free_now; i++)
            quarry_cache_free(cache, objects[i]);
    }
    CHECK(quarry_cache_destroy(cache) == 0);
    CHECK(quarry_owns(objects[0], &place) == 1 && place.state == QUARRY_PLACE_FREE && place.object == NULL);
    return 0;
}
