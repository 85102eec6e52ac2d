/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    objects in the magazines of another thread, which waits, are counted there and not as active */
#include "slabinfo.h"

static quarry_cache *cache;
static pthread_barrier_t used, read_;

static void *body(void *unused) {
    void *objects[100];
    for (int i = 0; i < 100; i++)
        objects[i] = take(cache);
    for (int i = 0; i < 100; i++)
        quarry_cache_free(cache, objects[i]);
    pthread_barrier_wait(&used);
    pthread_barrier_wait(&read_);
    return unused;
}

int main(void) {
    CHECK(pthread_barrier_init(&used, NULL, 2) == 0 && pthread_barrier_init(&read_, NULL, 2) == 0);
    cache = plain("others", 128);
    pthread_t thread = start(body, NULL);
    pthread_barrier_wait(&used);
    struct row row = row_of("others");
    CHECK_AT(row.active == 0 && row.in_magazines > 0, row.in_magazines);
    pthread_barrier_wait(&read_);
    join(thread);
    CHECK(quarry_cache_destroy(cache) == 0);
    return 0;
}
