/* What the tests of object caches share: a cache whose objects carry a mark while they are constructed, and count how many
 * were made and unmade. */
#ifndef CACHE_H
#define CACHE_H
#include "../check.h"
#include "../../include/quarry.h"

#define MARK 0x5ea1ed0b1ec75eedul

struct counts {
    size_t constructed, destructed;
};

/* The objects of these tests start with this word; a constructed one carries the mark. */
static CHECK_UNUSED int is_constructed(const void *object) { return *(const unsigned long *)object == MARK; }

static CHECK_UNUSED int construct(void *object, void *arg) {
    struct counts *counts = arg;
    *(unsigned long *)object = MARK;
    __atomic_add_fetch(&counts->constructed, 1, __ATOMIC_RELAXED);
    return 0;
}

static CHECK_UNUSED void destruct(void *object, void *arg) {
    struct counts *counts = arg;
    CHECK(is_constructed(object));
    *(unsigned long *)object = 0;
    __atomic_add_fetch(&counts->destructed, 1, __ATOMIC_RELAXED);
}

/* A cache of constructed objects. */
static CHECK_UNUSED quarry_cache *counted(const char *name, size_t size, struct counts *counts) {
    quarry_cache *cache = quarry_cache_create(name, size, 0, construct, destruct, NULL, counts, 0);
    CHECK_AT(cache != NULL, size);
    return cache;
}

/* A cache of raw memory. */
static CHECK_UNUSED quarry_cache *plain(const char *name, size_t size) {
    quarry_cache *cache = quarry_cache_create(name, size, 0, NULL, NULL, NULL, NULL, 0);
    CHECK_AT(cache != NULL, size);
    return cache;
}

/* An object of `cache`, which must be had. */
static CHECK_UNUSED void *take(quarry_cache *cache) {
    void *object = quarry_cache_alloc(cache);
    CHECK(object != NULL);
    return object;
}

#endif
