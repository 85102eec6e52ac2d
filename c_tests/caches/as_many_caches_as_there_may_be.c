/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    QUARRY_CACHE_MAX caches at a time, each with objects of its own; one more is EAGAIN; where one goes, one can come */
#include "cache.h"

int main(void) {
    static quarry_cache *caches[QUARRY_CACHE_MAX];
    static char *objects[QUARRY_CACHE_MAX];
    int count = 0;
    while (count < QUARRY_CACHE_MAX) {
        size_t size = (size_t)count % 500 + 8;
        caches[count] = plain("many", size);
        objects[count] = take(caches[count]);
        fill(objects[count], size, (unsigned long)count);
        count++;
    }
    errno = 0;
    CHECK(quarry_cache_create("toomany", 64, 0, NULL, NULL, NULL, NULL, 0) == NULL && errno == EAGAIN);
    for (int i = 0; i < count; i++) {
        CHECK_AT(holds(objects[i], (size_t)i % 500 + 8, (unsigned long)i), i);
        quarry_cache_free(caches[i], objects[i]);
    }
    CHECK(quarry_check() == 0);
    for (int i = 0; i < count; i += 2)
        CHECK_AT(quarry_cache_destroy(caches[i]) == 0, i);
    for (int i = 0; i < count; i += 2)
        caches[i] = plain("again", 48);
    CHECK(quarry_cache_create("toomany", 64, 0, NULL, NULL, NULL, NULL, 0) == NULL && errno == EAGAIN);
    for (int i = 0; i < count; i++)
        CHECK_AT(quarry_cache_destroy(caches[i]) == 0, i);
    CHECK(quarry_check() == 0);
    return 0;
}
