/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    -1 and EBUSY, and one line that says how many objects are live and where the three lowest are; the cache goes on */
#include "cache.h"

enum { MOST = 500 };

static int ascending(const void *a, const void *b) {
    return *(char *const *)a < *(char *const *)b ? -1 : *(char *const *)a > *(char *const *)b;
}

int main(void) {
    static const int counts[] = {1, 2, 3, 4, 100, MOST};
    static char *objects[MOST];
    static char told[512], expected[512];
    int ends[2], error = dup(2);
    CHECK(pipe(ends) == 0 && error >= 0);
    quarry_cache *cache = plain("busy", 96);
    for (unsigned c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (int i = 0; i < counts[c]; i++)
            objects[i] = take(cache);
        qsort(objects, (size_t)counts[c], sizeof *objects, ascending);
        int end = snprintf(expected, sizeof expected, "quarry: cache 'busy' cannot be destroyed: %d %s at %p", counts[c],
                           counts[c] == 1 ? "object is live," : "objects are live, the first", (void *)objects[0]);
        for (int i = 1; i < counts[c] && i < 3; i++)
            end += snprintf(expected + end, sizeof expected - (size_t)end, ", %p", (void *)objects[i]);
        snprintf(expected + end, sizeof expected - (size_t)end, "\n");
        dup2(ends[1], 2);
        errno = 0;
        int result = quarry_cache_destroy(cache), reason = errno;
        dup2(error, 2);
        CHECK_AT(result == -1 && reason == EBUSY, reason);
        told[read(ends[0], told, sizeof told - 1)] = '\0';
        CHECK_AT(strcmp(told, expected) == 0, write(2, told, strlen(told)));
        for (int i = 0; i < counts[c]; i++)
            quarry_cache_free(cache, objects[i]);
    }
    CHECK(quarry_cache_destroy(cache) == 0 && quarry_check() == 0);
    return 0;
}
