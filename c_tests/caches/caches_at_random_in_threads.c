/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    four threads create, use, reap and destroy 24 caches at random, with constructors that fail now and then and trims
 *         in between: no object is in two hands, none is lost, and the heap is sound in the end */
#include "cache.h"

enum { SLOTS = 24, MOST = 200, STEPS = 60000, THREADS = 4 };

static struct slot {
    pthread_mutex_t lock;
    quarry_cache *cache;
    struct counts counts;
    uint64_t random; /* for the constructor */
    size_t held;
    unsigned long *objects[MOST]; /* each has the mark, and which slot it belongs to */
} slots[SLOTS];

static int construct_mostly(void *object, void *arg) {
    struct slot *slot = arg; /* the lock is held: only allocations construct */
    return next_random(&slot->random) % 50 == 0 ? 1 : construct(object, &slot->counts);
}

static void destruct_it(void *object, void *arg) { destruct(object, &((struct slot *)arg)->counts); }

static void create(struct slot *slot, uint64_t *random) {
    size_t size = (next_random(random) % ((size_t)32 << next_random(random) % 12)) + 16;
    slot->cache = quarry_cache_create("random", size, (size_t)8 << next_random(random) % 8, construct_mostly, destruct_it, NULL,
                                      slot, next_random(random) % 2);
    CHECK(slot->cache != NULL);
}

static void allocate(struct slot *slot, size_t many) {
    void **at = (void **)&slot->objects[slot->held];
    size_t got = many == 1 ? (*at = quarry_cache_alloc(slot->cache)) != NULL : quarry_cache_alloc_bulk(slot->cache, many, at);
    CHECK_AT(got == many || (got == 0 && errno == ENOMEM), got);
    for (; got > 0; got--) {
        unsigned long *object = slot->objects[slot->held++];
        CHECK(is_constructed(object));
        object[1] = (unsigned long)(slot - slots);
    }
}

static void give_back(struct slot *slot, size_t many) {
    for (size_t i = slot->held - many; i < slot->held; i++)
        CHECK_AT(is_constructed(slot->objects[i]) && slot->objects[i][1] == (unsigned long)(slot - slots), i);
    slot->held -= many;
    if (many == 1)
        quarry_cache_free(slot->cache, slot->objects[slot->held]);
    else
        quarry_cache_free_bulk(slot->cache, many, (void **)&slot->objects[slot->held]);
}

static void destroy(struct slot *slot) {
    give_back(slot, slot->held);
    CHECK(quarry_cache_destroy(slot->cache) == 0 && slot->counts.constructed == slot->counts.destructed);
    slot->cache = NULL;
}

static void *body(void *argument) {
    uint64_t random = (uint64_t)(uintptr_t)argument + 1;
    for (int step = 0; step < STEPS; step++) {
        struct slot *slot = &slots[next_random(&random) % SLOTS];
        unsigned what = (unsigned)(next_random(&random) % 1000);
        size_t many = what % 2 == 0 ? 1 : next_random(&random) % 30 + 1;
        pthread_mutex_lock(&slot->lock);
        if (slot->cache == NULL)
            create(slot, &random);
        if (what < 5)
            destroy(slot);
        else if (what < 20)
            quarry_cache_reap(slot->cache);
        else if (what < 520 && slot->held + many <= MOST)
            allocate(slot, many);
        else if (slot->held >= many)
            give_back(slot, many);
        pthread_mutex_unlock(&slot->lock);
        if (what == 999)
            malloc_trim(0);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < SLOTS; i++)
        slots[i] = (struct slot){.lock = PTHREAD_MUTEX_INITIALIZER, .random = (uint64_t)i + 1};
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    for (int i = 0; i < SLOTS; i++)
        if (slots[i].cache != NULL)
            destroy(&slots[i]);
    CHECK(quarry_check() == 0);
    return 0;
}
