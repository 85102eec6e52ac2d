/* expect: exit 0
 * needs:  quarry
 * run:    shared static
 * conf:   limit:64M
 * why:    what would exceed the limit is refused with NULL and ENOMEM, whatever asks for it, and nothing changes; what is
 *         freed is given back before anything is refused, so that memory of one size serves another */
#include "growth.h"
#include "../../include/quarry.h"

enum { MOST = 1 << 20 };
static char *objects[MOST];

static int reclaimed;
static quarry_cache *cache;
static void *cached[3000];

static void reclaim(void *arg) {
    (void)arg;
    reclaimed++;
    for (size_t i = 0; i < 3000; i++) {
        quarry_cache_free(cache, cached[i]);
        cached[i] = NULL;
    }
}

/* Takes objects of `size` until one is refused; returns how many bytes there were. */
static size_t take_all(size_t size, size_t *count) {
    for (*count = 0; *count < MOST; ++*count) {
        errno = 0;
        if ((objects[*count] = malloc(size)) == NULL)
            break;
        memset(objects[*count], 1, size);
    }
    CHECK_AT(*count < MOST && errno == ENOMEM, size);
    CHECK_AT(resident_bytes() < 80 * MIB, resident_bytes());
    return *count * size;
}

int main(void) {
    static const size_t sizes[] = {64, 3000, 50 * KIB, 200, 5 * MIB, 20 * KIB, MIB};
    size_t count;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t bytes = take_all(sizes[i], &count);
        CHECK_AT(bytes > 44 * MIB && bytes <= 64 * MIB, bytes);
        errno = 0;
        CHECK(realloc(objects[0], 60 * MIB) == NULL && errno == ENOMEM && objects[0][sizes[i] - 1] == 1);
        CHECK(calloc(1, 60 * MIB) == NULL && quarry_vmalloc(60 * MIB) == NULL && quarry_alloc_pages(14) == NULL);
        CHECK(quarry_kmalloc(60 * MIB, QUARRY_NOWAIT) == NULL);
        while (count > 0)
            free(objects[--count]);
    }
    /* Areas of their own count too. */
    CHECK(malloc(2 * GIB) == NULL && quarry_vmalloc(70 * MIB) == NULL);
    char *region = quarry_vmalloc(40 * MIB);
    CHECK(region != NULL && malloc(40 * MIB) == NULL);
    CHECK((region = quarry_vrealloc(region, 50 * MIB)) != NULL && quarry_vrealloc(region, 70 * MIB) == NULL);
    quarry_vfree(region);
    /* The reclaim callbacks are asked before anything is refused. */
    CHECK((cache = quarry_cache_create("kept", 16 * KIB, 0, NULL, NULL, reclaim, NULL, 0)) != NULL);
    for (size_t i = 0; i < 3000; i++)
        CHECK_AT((cached[i] = quarry_cache_alloc(cache)) != NULL, i);
    char *large = malloc(30 * MIB);
    CHECK(large != NULL && reclaimed == 1);
    free(large);
    CHECK(quarry_check() == 0);
    return 0;
}
