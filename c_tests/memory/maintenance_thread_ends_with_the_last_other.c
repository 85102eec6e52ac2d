/* expect: exit 0
 * needs:  quarry
 * conf:   maintenance_thread:true
 * why:    a process ends with its last thread: when the main thread and all others have left by pthread_exit, the maintenance
 *         thread is not to keep the process */
#include "maintenance.h"

static void *end_later(void *argument) {
    free(opaque(malloc(100)));
    meet();
    sleep_ms(300);
    return argument;
}

int main(void) {
    CHECK(pthread_barrier_init(&step, NULL, 2) == 0);
    start(end_later, NULL);
    meet();
    make_slow_calls();
    expect_maintenance(1);
    pthread_exit(NULL);
}
