/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    100,000 caches, of sizes in turn, are created, used and destroyed: neither memory nor address space grows */
#include "cache.h"

enum { CACHES = 100000, WARM = 5000 };

int main(void) {
    static const size_t sizes[] = {16, 64, 200, 1000, 5000, 40000};
    size_t resident = 0, space = 0;
    struct counts counts = {0, 0};
    for (int i = 0; i < CACHES; i++) {
        quarry_cache *cache = counted("passing", sizes[i % 6], &counts);
        for (int k = 0; k < 2; k++) {
            void *first = take(cache), *second = take(cache);
            CHECK_AT(first != second && is_constructed(first) && is_constructed(second), i);
            quarry_cache_free(cache, first);
            quarry_cache_free(cache, second);
        }
        CHECK_AT(quarry_cache_destroy(cache) == 0, i);
        CHECK_AT(counts.constructed == counts.destructed, i);
        if (i == WARM) {
            resident = resident_bytes();
            space = statm_bytes(0);
        }
    }
    CHECK_AT(resident_bytes() < resident + 2 * MIB, resident_bytes() - resident);
    CHECK_AT(statm_bytes(0) < space + 8 * MIB, statm_bytes(0) - space);
    CHECK(quarry_check() == 0);
    return 0;
}
