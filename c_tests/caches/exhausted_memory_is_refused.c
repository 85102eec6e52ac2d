/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    RLIMIT_DATA: a cache is refused with ENOMEM when there is no memory, loses nothing by it, and has all of it again */
#include "cache.h"
#include "../exhaustion/exhaust.h"

static size_t take_all_objects(quarry_cache *cache, struct link **chain) {
    size_t count = 0;
    errno = 0;
    for (struct link *object; (object = quarry_cache_alloc(cache)) != NULL; count++) {
        object->next = *chain;
        object->number = count;
        *chain = object;
    }
    CHECK_AT(errno == ENOMEM, count);
    return count;
}

int main(void) {
    static const size_t sizes[] = {16, 200, 5000, 100 * KIB, 3 * MIB};
    limit(RLIMIT_DATA, 200 * MIB);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        quarry_cache *cache = plain("all", sizes[i]);
        size_t counts[2];
        for (int round = 0; round < 2; round++) {
            struct link *chain = NULL;
            size_t count = counts[round] = take_all_objects(cache, &chain);
            CHECK_AT(count * sizes[i] > 64 * MIB, sizes[i]);
            CHECK_AT(quarry_check() == 0, sizes[i]);
            for (struct link *next; chain != NULL; chain = next) {
                CHECK_AT(chain->number == --count, sizes[i]);
                next = chain->next;
                quarry_cache_free(cache, chain);
            }
        }
        CHECK_AT(counts[1] >= counts[0] - counts[0] / 4, sizes[i]);
        CHECK_AT(quarry_cache_destroy(cache) == 0, sizes[i]);
    }
    return 0;
}
