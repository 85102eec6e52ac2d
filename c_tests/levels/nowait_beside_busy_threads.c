/* expect: exit 0
 * needs:  quarry
 * why:    with QUARRY_NOWAIT a thread never waits for a lock and wakes nobody, whatever others do; they are not held up by it, and
 *         no object is given twice */
#include "nowait.h"

enum { BUSY = 4 };
static volatile int done;

static void *keep_busy(void *arg) {
    uint64_t random = (uintptr_t)arg + 1;
    static __thread char *live[500];
    while (!done) {
        int i = (int)(next_random(&random) % 500);
        free(live[i]);
        live[i] = malloc(next_random(&random) % ((size_t)32 << next_random(&random) % 16));
        memset(live[i], 0x5a, 16);
        if (i == 0)
            malloc_trim(0);
        if (i < 20)
            quarry_vfree(quarry_vmalloc(100));
    }
    return arg;
}

static void *never_wait(void *arg) {
    size_t served = 0;
    forbid_the_kernel();
    for (int round = 0; round < 40; round++)
        for (size_t size = 20; size < 200000; size = size * 3 / 2)
            served += nowait(size, 20, 100) > 0;
    *(size_t *)arg = served;
    done = 1;
    syscall(SYS_exit, 0);
    return NULL;
}

int main(void) {
    pthread_t busy[BUSY];
    size_t served = 0;
    free(malloc(60 * MIB));
    for (uintptr_t i = 0; i < BUSY; i++)
        busy[i] = start(keep_busy, (void *)i);
    join(start(never_wait, &served));
    for (int i = 0; i < BUSY; i++)
        join(busy[i]);
    CHECK(served > 0 && quarry_check() == 0);
    return 0;
}
