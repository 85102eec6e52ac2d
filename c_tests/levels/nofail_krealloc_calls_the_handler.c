/* expect: exit 0
 * needs:  quarry
 * why:    QUARRY_NOFAIL holds for quarry_krealloc too: the object is as it was while the handler runs; a handler may leave by
 *         longjmp */
#include "levels.h"
#include <setjmp.h>
#include <sys/resource.h>

static jmp_buf out;
static char *object;

static void leave(size_t size, void *arg) {
    CHECK(size == GIB && arg == NULL && holds(object, 50000, 3));
    longjmp(out, 1);
}

int main(void) {
    struct rlimit limits = {300 * MIB, 300 * MIB};
    CHECK(setrlimit(RLIMIT_DATA, &limits) == 0);
    quarry_set_oom_handler(leave, NULL);
    for (int round = 0; round < 3; round++) {
        object = quarry_kmalloc(50000, QUARRY_NOFAIL);
        fill(object, 50000, 3);
        if (setjmp(out) == 0) {
            object = quarry_krealloc(object, GIB, QUARRY_NOFAIL | (round ? QUARRY_ZERO : QUARRY_HUGE));
            CHECK(!"there is no room for a gibibyte");
        }
        CHECK(holds(object, 50000, 3));
        quarry_kfree(object);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
