/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a constructor that finds memory short reaps and reclaims as any other caller, and waits for nobody but itself */
#include "cache.h"
#include <sys/resource.h>

static void *reserve[64];

static int allocate(void *object, void *arg) {
    (void)object, (void)arg;
    void *block = malloc(3 << 20);
    if (block == NULL)
        return 1;
    free(block);
    return 0;
}

static void give_up(void *arg) {
    (void)arg;
    for (size_t at = 0, freed = 0; at < sizeof reserve / sizeof *reserve && freed < 4; at++)
        if (reserve[at] != NULL) {
            free(reserve[at]);
            reserve[at] = NULL;
            freed++;
        }
}

int main(void) {
    quarry_cache *cache = quarry_cache_create("hungry", 100000, 0, allocate, NULL, give_up, NULL, 0);
    CHECK(cache != NULL);
    struct rlimit limit = {statm_bytes(0) + (48 << 20), RLIM_INFINITY};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    for (size_t at = 0; at < sizeof reserve / sizeof *reserve; at++)
        reserve[at] = malloc(2 << 20);
    size_t got = 0;
    static void *objects[2000];
    while (got < 2000 && (objects[got] = quarry_cache_alloc(cache)) != NULL)
        got++;
    CHECK(got > 0);
    while (got > 0)
        quarry_cache_free(cache, objects[--got]);
    CHECK(quarry_cache_destroy(cache) == 0 && quarry_check() == 0);
    return 0;
}
