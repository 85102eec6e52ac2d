/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    QUARRY_NOFAIL runs the reclaim callbacks of all caches first; the out-of-memory handler is called only once they did
 *         not help */
#include "levels.h"
#include <sys/resource.h>

enum { SPARE = 64 };

static quarry_cache *spares;
static void *held[SPARE];
static int reclaimed, handled;
static void *reserve;

static void give_spares_back(void *arg) {
    CHECK(arg == held);
    reclaimed++;
    for (int i = 0; i < SPARE; i++) {
        quarry_cache_free(spares, held[i]);
        held[i] = NULL;
    }
    quarry_cache_reap(spares);
}

static void give_room(size_t size, void *arg) {
    CHECK_AT(size == 8 * MIB && arg == &reserve && reclaimed > 0, reclaimed);
    CHECK(reserve != NULL);
    handled++;
    quarry_vfree(reserve);
    reserve = NULL;
}

int main(void) {
    struct rlimit limits = {256 * MIB, 256 * MIB};
    static char *taken[40];
    int count = 0;
    CHECK((reserve = quarry_vmalloc(40 * MIB)) != NULL);
    spares = quarry_cache_create("spares", MIB, 0, NULL, NULL, give_spares_back, held, 0);
    CHECK(spares != NULL);
    for (int i = 0; i < SPARE; i++)
        CHECK((held[i] = quarry_cache_alloc(spares)) != NULL);
    CHECK(setrlimit(RLIMIT_DATA, &limits) == 0);
    quarry_set_oom_handler(give_room, &reserve);
    while (reclaimed == 0 && count < 40)
        CHECK((taken[count++] = quarry_kmalloc(8 * MIB, QUARRY_NOFAIL)) != NULL);
    /* The callback helped, so nobody called the handler. */
    CHECK_AT(reclaimed > 0 && handled == 0 && held[0] == NULL, handled);
    while (handled == 0 && count < 40)
        CHECK((taken[count++] = quarry_kmalloc(8 * MIB, QUARRY_NOFAIL)) != NULL);
    CHECK_AT(handled == 1 && reclaimed > 1, reclaimed);
    quarry_set_oom_handler(NULL, NULL);
    while (count > 0)
        quarry_kfree(taken[--count]);
    CHECK(quarry_cache_destroy(spares) == 0 && quarry_check() == 0);
    return 0;
}
