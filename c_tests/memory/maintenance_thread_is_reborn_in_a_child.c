/* expect: exit 0
 * needs:  quarry
 * conf:   maintenance_thread:true
 * why:    a forked child has one thread, so it may unshare; when it starts another of its own it gets a maintenance thread of its
 *         own, which gives back what it frees while it sleeps */
#include "maintenance.h"
#include <sys/wait.h>

int main(void) {
    CHECK(pthread_barrier_init(&step, NULL, 2) == 0);
    start(sleep_until_the_end, NULL);
    meet();
    make_slow_calls();
    expect_maintenance(1);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            make_slow_calls();
            CHECK(count_threads(NULL) == 1);
            CHECK(pthread_barrier_init(&step, NULL, 2) == 0);
            start(sleep_until_the_end, NULL);
            meet();
            make_slow_calls();
            expect_maintenance(1);
            size_t before = resident_bytes();
            give(take_mixed(32 * MIB, 1));
            for (int j = 0; j < 100 && resident_bytes() > before + 8 * MIB; j++)
                sleep_ms(100);
            CHECK_AT(resident_bytes() < before + 8 * MIB, resident_bytes() - before);
            _exit(0);
        }
        int status;
        CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    return 0;
}
