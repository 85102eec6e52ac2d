/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    RLIMIT_DATA is reached while reclaim holds 64 MiB that it can spare, among them objects of its own cache: malloc
 *         and other caches go on where they would have been refused */
#include "cache.h"
#include "../exhaustion/exhaust.h"

enum { SPARE = 64 };

static quarry_cache *spares;
static void *held[SPARE];
static int calls;

static void give_spares_back(void *arg) {
    CHECK(arg == held);
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < SPARE; i++) {
        quarry_cache_free(spares, held[i]);
        held[i] = NULL;
    }
    quarry_cache_reap(spares);
}

static void hold_spares(void) {
    for (int i = 0; i < SPARE; i++)
        held[i] = memset(take(spares), 1, MIB);
}

int main(void) {
    size_t count, fewer;
    spares = quarry_cache_create("spares", MIB, 0, NULL, NULL, give_spares_back, held, 0);
    quarry_cache *other = plain("other", 200 * KIB);
    CHECK(spares != NULL);
    hold_spares();
    limit(RLIMIT_DATA, 256 * MIB);
    struct link *chain = take_all(100 * KIB, &fewer);
    CHECK_AT(calls > 0 && held[0] == NULL && fewer * 100 * KIB > 190 * MIB, fewer);
    free_all(chain);
    malloc_trim(0);
    hold_spares();
    calls = 0;
    chain = NULL;
    count = 0;
    for (struct link *object; (object = quarry_cache_alloc(other)) != NULL; chain = object, count++)
        object->next = chain;
    CHECK_AT(errno == ENOMEM && calls > 0 && held[0] == NULL && count * 200 * KIB > 190 * MIB, count);
    for (struct link *next; chain != NULL; chain = next) {
        next = chain->next;
        quarry_cache_free(other, chain);
    }
    CHECK(quarry_cache_destroy(other) == 0 && quarry_cache_destroy(spares) == 0 && quarry_check() == 0);
    return 0;
}
