/* expect: exit 0
 * needs:  quarry
 * why:    a child forked while other threads are anywhere in the library has every level: no lock stays taken */
#include "levels.h"
#include <sys/wait.h>

static volatile int done;

static void nothing(size_t size, void *arg) { (void)size, (void)arg; }

static void *work(void *arg) {
    while (!done) {
        quarry_vfree(quarry_vrealloc(quarry_vmalloc(5000), 50000));
        quarry_free_pages(quarry_alloc_pages(5), 5);
        quarry_set_oom_handler(nothing, arg);
        (void)quarry_owns(arg, NULL);
    }
    return arg;
}

static int none(const quarry_area *area, void *arg) { return area->start == arg; }

int main(void) {
    pthread_t threads[] = {start(work, NULL), start(work, NULL), start(work, NULL)};
    char *region = quarry_vmalloc(100);
    for (int round = 0; round < 200; round++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            alarm(20);
            quarry_set_oom_handler(NULL, NULL);
            CHECK((region = quarry_vrealloc(region, MIB)) != NULL && quarry_areas(none, NULL) == 0);
            quarry_vfree(region);
            for (unsigned order = 0; order < 10; order++)
                quarry_free_pages(quarry_alloc_pages(order), order);
            CHECK(quarry_check() == 0);
            _exit(0);
        }
        CHECK_AT(child > 0 && waitpid(child, &status, 0) == child && status == 0, round);
    }
    done = 1;
    for (int i = 0; i < 3; i++)
        join(threads[i]);
    return 0;
}
