/* expect: exit 0
 * modes:  default
 * why:    1,900 threads are born one after the other, and 1,000 in waves of a hundred that all live at once; each uses objects
 *         of thirty sizes and dies. What they held back must serve the next: the program does not grow */
#include "../check.h"

enum { WAVE = 100 };

/* Takes `count` objects and gives them back, in a wave only when all of it hold theirs. */
static void use(int count, pthread_barrier_t *wave) {
    void *live[1000];
    for (int i = 0; i < count; i++) {
        CHECK((live[i] = malloc((size_t)(i % 30) * 150 + 1)) != NULL);
        *(char *)live[i] = 1;
    }
    if (wave != NULL)
        pthread_barrier_wait(wave);
    for (int i = 0; i < count; i++)
        free(live[i]);
}

static void *alone(void *argument) {
    use(1000, NULL);
    return argument;
}

static void *in_a_wave(void *wave) {
    use(150, wave);
    return NULL;
}

static void one_by_one(int count) {
    for (int i = 0; i < count; i++)
        join(start(alone, NULL));
}

static void waves(int count) {
    pthread_barrier_t wave;
    pthread_t threads[WAVE];
    CHECK(pthread_barrier_init(&wave, NULL, WAVE) == 0);
    for (; count > 0; count--) {
        for (int i = 0; i < WAVE; i++)
            threads[i] = start(in_a_wave, &wave);
        for (int i = 0; i < WAVE; i++)
            join(threads[i]);
    }
}

/* Runs `threads` in numbers that warm up, and then in `count`, which must not cost more than 2 MiB. */
static void leave_nothing(void (*threads)(int count), int warm_up, int count) {
    threads(warm_up);
    malloc_trim(0);
    size_t early = resident_bytes();
    threads(count);
    malloc_trim(0);
    size_t late = resident_bytes();
    CHECK_AT(late <= early + 2 * MIB, late - early);
}

int main(void) {
    leave_nothing(one_by_one, 100, 1900);
    leave_nothing(waves, 4, 10);
    return 0;
}
