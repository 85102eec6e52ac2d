/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    success leaves errno alone, and freeing always does, as free (POSIX.1-2024), whatever the callbacks do; NULL is freed
 *         silently */
#include "cache.h"

static int construct_loudly(void *object, void *arg) {
    errno = EDOM;
    return construct(object, arg);
}

static void destruct_loudly(void *object, void *arg) {
    destruct(object, arg);
    errno = EDOM;
}

int main(void) {
    static void *objects[3000];
    struct counts counts = {0, 0};
    errno = ERANGE;
    quarry_cache *cache = quarry_cache_create("quiet", 700, 0, construct_loudly, destruct_loudly, NULL, &counts, 0);
    CHECK(cache != NULL && errno == ERANGE);
    for (int i = 0; i < 3000; i++)
        CHECK_AT((objects[i] = quarry_cache_alloc(cache)) != NULL && errno == ERANGE, i);
    for (int i = 0; i < 3000; i++) {
        quarry_cache_free(cache, objects[i]);
        quarry_cache_free(cache, NULL);
        CHECK_AT(errno == ERANGE, i);
    }
    CHECK(counts.destructed > 0 && quarry_cache_destroy(cache) == 0);
    return 0;
}
