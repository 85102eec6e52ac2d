/* expect: exit 0
 * why:    C++11 [basic.start.term]: thread_local objects are destroyed at the end of their thread, through the list that
 *         __cxa_thread_atexit keeps; made first, ours would be destroyed last, made last, first: both must do */
#include "../check.h"

static int destroyed;

struct holder {
    size_t size;
    char *p;
    explicit holder(size_t size) : size(size), p(static_cast<char *>(malloc(size))) { fill(p, 100, size); }
    ~holder() {
        free(malloc(50000));
        char *larger = static_cast<char *>(realloc(p, 300000));
        CHECK(larger != nullptr && holds(larger, 100, size));
        free(larger);
        free(calloc(10, 100));
        __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
    }
};

static thread_local holder first(100), second(5000), third(200000);

static void *use_before(void *argument) {
    CHECK(holds(first.p, 100, 100) && holds(second.p, 100, 5000) && holds(third.p, 100, 200000));
    return argument;
}

static void *use_after(void *argument) {
    free(malloc(64));
    return use_before(argument);
}

int main() {
    for (int i = 0; i < 100; i++)
        join(start(i % 2 ? use_before : use_after, nullptr));
    CHECK_AT(destroyed == 300, destroyed);
    return 0;
}
