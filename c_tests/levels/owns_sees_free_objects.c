/* expect: exit 0
 * needs:  quarry
 * why:    quarry_owns tells a free object from one in use wherever it is: in a magazine, in the depot, in its slab, in another
 *         thread's magazine, in a run that went back */
#include "levels.h"

enum { COUNT = 3000 };
static char *objects[COUNT];
static pthread_barrier_t barrier;

static int state_of(const void *p) {
    quarry_place place;
    CHECK(quarry_owns(p, &place) == 1);
    return place.state;
}

static void *free_elsewhere(void *arg) {
    free(objects[0]);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    return arg;
}

int main(void) {
    const size_t sizes[] = {24, 1000, 4096, 20000, 100 * KIB, 2 * MIB, 6 * MIB};
    pthread_barrier_init(&barrier, NULL, 2);
    for (int k = 0; k < 7; k++) {
        int count = sizes[k] > 50000 ? 30 : COUNT;
        for (int i = 0; i < count; i++)
            objects[i] = malloc(sizes[k]);
        for (int i = 0; i < count; i++)
            CHECK_AT(state_of(objects[i] + 5) == QUARRY_PLACE_IN_USE, sizes[k]);
        for (int i = 1; i < count; i += 2)
            free(objects[i]);
        for (int i = 0; i < count; i++)
            CHECK_AT(state_of(objects[i] + 5) == (i % 2 ? QUARRY_PLACE_FREE : QUARRY_PLACE_IN_USE), sizes[k]);
        pthread_t thread = start(free_elsewhere, NULL);
        pthread_barrier_wait(&barrier);
        CHECK_AT(state_of(objects[0]) == QUARRY_PLACE_FREE, sizes[k]);
        pthread_barrier_wait(&barrier);
        join(thread);
        for (int i = 2; i < count; i += 2)
            free(objects[i]);
        malloc_trim(0);
        for (int i = 0; i < count; i++)
            CHECK_AT(state_of(objects[i]) == QUARRY_PLACE_FREE, sizes[k]);
    }
    return 0;
}
