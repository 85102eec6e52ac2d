/* expect: exit 0
 * why:    C++17 [new.delete.single]/4: new calls the handler and tries again, until the memory is there. The limit keeps the
 *         kernel from giving more, so that the request fails until the handler frees what the program keeps */
#include "operators.h"

enum { MOST = 64 };
static const std::size_t size = 128 * MIB;
static void *kept[MOST];
static int count, calls;

/* Takes what there is to be had without new memory from the kernel, and two objects more. */
static void take_all() {
    calls = count = 0;
    while (count < 2)
        kept[count++] = opaque(::operator new(size));
    set_memory_limit(true);
    while ((kept[count] = opaque(::operator new(size, std::nothrow))) != nullptr)
        CHECK_AT(++count < MOST, count);
}

static void free_on_third_call() {
    CHECK_AT(calls < 3, calls);
    if (++calls == 3)
        while (count > 0)
            ::operator delete(kept[--count]);
}

int main() {
    take_all();
    std::set_new_handler(free_on_third_call);
    void *p = opaque(::operator new(size));
    CHECK_AT(calls == 3, calls);
    set_memory_limit(false);
    ::operator delete(p);

    std::set_new_handler(nullptr);
    take_all();
    std::set_new_handler(free_on_third_call);
    p = opaque(::operator new[](size, aligned_to(4096), std::nothrow));
    CHECK_AT(calls == 3 && p != nullptr, calls);
    ::operator delete[](p, aligned_to(4096));
    return 0;
}
