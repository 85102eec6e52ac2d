/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    success leaves errno alone, also where slabs are cut or given back and callbacks set it; NULL is freed silently */
#include "cache.h"

static int construct_loudly(void *object, void *arg) {
    errno = EDOM;
    return construct(object, arg);
}

int main(void) {
    static void *objects[3000];
    struct counts counts = {0, 0};
    errno = ERANGE;
    quarry_cache *cache = quarry_cache_create("quiet", 700, 0, construct_loudly, destruct, NULL, &counts, 0);
    CHECK(cache != NULL && errno == ERANGE);
    for (int i = 0; i < 3000; i++)
        CHECK_AT((objects[i] = quarry_cache_alloc(cache)) != NULL && errno == ERANGE, i);
    for (int i = 0; i < 3000; i++) {
        quarry_cache_free(cache, objects[i]);
        quarry_cache_free(cache, NULL);
        CHECK_AT(errno == ERANGE, i);
    }
    CHECK(quarry_cache_reap(cache) > 0 && errno == ERANGE);
    CHECK(quarry_cache_destroy(cache) == 0 && errno == ERANGE);
    return 0;
}
