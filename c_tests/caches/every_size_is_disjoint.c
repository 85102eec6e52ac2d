/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    sizes from 1 to 4 MiB, odd ones too: objects do not overlap, and keep their bytes while others come and go */
#include "cache.h"

static void try_size(size_t size) {
    static char *objects[300];
    size_t many = size < 1000 ? 300 : size < 100000 ? 60 : 6;
    quarry_cache *cache = plain("sizes", size);
    for (size_t i = 0; i < many; i++) {
        objects[i] = take(cache);
        fill(objects[i], size, i);
    }
    for (size_t i = 0; i < many; i += 2) {
        quarry_cache_free(cache, objects[i]);
        objects[i] = take(cache);
        fill(objects[i], size, i + 1000);
    }
    for (size_t i = 0; i < many; i++) {
        CHECK_AT(holds(objects[i], size, i % 2 == 0 ? i + 1000 : i), size);
        quarry_cache_free(cache, objects[i]);
    }
    CHECK_AT(quarry_cache_destroy(cache) == 0, size);
}

int main(void) {
    for (size_t size = 1; size <= 300; size++)
        try_size(size);
    for (size_t size = 256; size <= 4 * MIB; size *= 2) {
        try_size(size - 1);
        try_size(size);
        if (size < 4 * MIB) {
            try_size(size + 1);
            try_size(size + size / 3);
        }
    }
    CHECK(quarry_check() == 0);
    return 0;
}
