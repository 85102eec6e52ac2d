/* expect: exit 0
 * why:    20,000 threads are born, use objects of many sizes and die, four at a time: the program does not grow after the first
 *         thousand, and nobody trims. (What a hundred thousand would leave shows as well) */
#include "memory.h"

static void *live(void *number) {
    give(take_mixed(20000, (uintptr_t)number + 1));
    return NULL;
}

static void live_and_die(uintptr_t count) {
    for (uintptr_t i = 0; i < count; i += 4) {
        pthread_t threads[4];
        for (uintptr_t j = 0; j < 4; j++)
            threads[j] = start(live, (void *)(i + j));
        for (int j = 0; j < 4; j++)
            join(threads[j]);
    }
}

int main(void) {
    live_and_die(1000);
    size_t early = resident_bytes();
    live_and_die(20000);
    size_t late = resident_bytes();
    /* Objects of megabytes come and go; what is dirty at the moment differs. */
    CHECK_AT(late < early + 24 * MIB, late - early);
    return 0;
}
