/* expect: exit 0
 * why:    C++17 [except.ctor]: what new throws runs the destructors of the frames that it leaves, keeps what they
 *         have in registers, and can be rethrown; in the main thread and in others at once */
#include "operators.h"

struct Counted {
    long *count;
    ~Counted() { ++*count; }
};

static long descend(long depth, long *count) {
    Counted here{count};
    if (depth == 0)
        return opaque(::operator new(impossible())) != nullptr;
    long mine = depth * 3; // lives in a saved register over the call
    try {
        return descend(depth - 1, count) + mine;
    } catch (std::bad_alloc &) {
        CHECK_AT(mine == depth * 3, depth);
        throw;
    }
}

static void *body(void *) {
    for (int times = 0; times < 50; times++) {
        long count = 0;
        bool caught = false;
        try {
            descend(20, &count);
        } catch (const std::bad_alloc &) {
            caught = true;
        }
        CHECK_AT(caught && count == 21, count);
    }
    return nullptr;
}

int main() {
    pthread_t threads[4];
    for (pthread_t &thread : threads)
        thread = start(body, nullptr);
    body(nullptr);
    for (pthread_t thread : threads)
        join(thread);
    return 0;
}
