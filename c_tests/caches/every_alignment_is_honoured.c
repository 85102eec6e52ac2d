/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    every power of two from 1 to 16 KiB, with sizes that are no multiple of it; 0 means 8, and 16 from 16 bytes on */
#include "cache.h"

enum { OBJECTS = 64 };

int main(void) {
    static const size_t sizes[] = {1, 7, 8, 15, 16, 17, 24, 40, 100, 1000, 5000, 16384, 16385, 40000, 100001};
    static char *objects[OBJECTS];
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t align = 0; align <= 16 * KIB; align = align == 0 ? 1 : align * 2) {
            size_t least = align != 0 ? align : sizes[i] < 16 ? 8 : 16;
            quarry_cache *cache = quarry_cache_create("aligned", sizes[i], align, NULL, NULL, NULL, NULL, 0);
            CHECK_AT(cache != NULL, sizes[i]);
            for (int k = 0; k < OBJECTS; k++) {
                objects[k] = take(cache);
                CHECK_AT((uintptr_t)objects[k] % least == 0, align);
                fill(objects[k], sizes[i], (unsigned long)k);
            }
            for (int k = 0; k < OBJECTS; k++) {
                CHECK_AT(holds(objects[k], sizes[i], (unsigned long)k), align);
                quarry_cache_free(cache, objects[k]);
            }
            CHECK_AT(quarry_cache_destroy(cache) == 0, align);
        }
    }
    return 0;
}
