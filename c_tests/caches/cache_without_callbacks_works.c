/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    constructor, destructor and reclaim may each be NULL, and a cache that was never used can be destroyed */
#include "cache.h"

static size_t constructed, destructed;

static int count_construction(void *object, void *arg) { return (void)object, (void)arg, constructed++, 0; }
static void count_destruction(void *object, void *arg) { (void)object, (void)arg, destructed++; }

int main(void) {
    for (unsigned which = 0; which < 8; which++) {
        constructed = destructed = 0;
        quarry_cache *cache =
            quarry_cache_create("some", 64, 0, which & 1 ? count_construction : NULL, which & 2 ? count_destruction : NULL,
                                NULL, NULL, which & 4 ? QUARRY_CACHE_NOCOLOUR : 0);
        CHECK_AT(cache != NULL, which);
        quarry_cache_free(cache, take(cache));
        CHECK_AT(quarry_cache_destroy(cache) == 0, which);
        CHECK_AT((constructed > 0) == ((which & 1) != 0) && (destructed > 0) == ((which & 2) != 0), which);
        CHECK_AT(which % 4 != 3 || constructed == destructed, which);
        CHECK_AT(quarry_cache_destroy(plain("unused", 100)) == 0, which);
    }
    return 0;
}
