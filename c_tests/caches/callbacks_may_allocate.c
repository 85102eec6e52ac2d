/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    callbacks may call malloc and use other caches: each object owns memory of both kinds, made with it and freed with
 *         it, in several threads */
#include "cache.h"

struct owner {
    unsigned long *of_malloc;
    void *of_cache;
};

static quarry_cache *parts, *owners;
static struct counts counts;

static int make_owner(void *object, void *arg) {
    struct owner *owner = object;
    CHECK(arg == &counts);
    owner->of_malloc = malloc(3000);
    owner->of_cache = quarry_cache_alloc(parts);
    CHECK(owner->of_malloc != NULL && owner->of_cache != NULL);
    *owner->of_malloc = MARK;
    return 0;
}

static void unmake_owner(void *object, void *arg) {
    struct owner *owner = object;
    CHECK(arg == &counts && *owner->of_malloc == MARK && is_constructed(owner->of_cache));
    free(owner->of_malloc);
    quarry_cache_free(parts, owner->of_cache);
}

static void *body(void *unused) {
    static __thread struct owner *live[500];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 500; i++) {
            live[i] = take(owners);
            CHECK_AT(*live[i]->of_malloc == MARK && is_constructed(live[i]->of_cache), i);
        }
        for (int i = 0; i < 500; i++)
            quarry_cache_free(owners, live[i]);
        quarry_cache_reap(owners);
    }
    return unused;
}

int main(void) {
    parts = counted("parts", 600, &counts);
    owners = quarry_cache_create("owners", sizeof(struct owner), 0, make_owner, unmake_owner, NULL, &counts, 0);
    CHECK(owners != NULL);
    pthread_t first = start(body, NULL), second = start(body, NULL);
    join(first);
    join(second);
    CHECK(quarry_cache_destroy(owners) == 0 && quarry_cache_destroy(parts) == 0);
    CHECK(counts.constructed == counts.destructed && quarry_check() == 0);
    return 0;
}
