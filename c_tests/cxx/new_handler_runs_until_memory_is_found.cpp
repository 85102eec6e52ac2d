/* expect: exit 0
 * why:    C++17 [new.delete.single]/4: new calls the handler and tries again, until the memory is there. The limit keeps the
 *         kernel from giving more, so that the request fails until the handler frees what it keeps */
#include "operators.h"

static void *reserve;
static int calls;

static void handler() {
    CHECK_AT(calls < 3, calls);
    if (++calls == 3) {
        ::operator delete(reserve);
        reserve = nullptr;
    }
}

int main() {
    reserve = opaque(::operator new(512 * MIB));
    set_memory_limit(true);
    std::set_new_handler(handler);
    char *p = static_cast<char *>(opaque(::operator new(256 * MIB)));
    CHECK_AT(calls == 3, calls);
    set_memory_limit(false);
    p[0] = p[256 * MIB - 1] = 1;
    ::operator delete(p);

    calls = 0;
    reserve = opaque(::operator new(512 * MIB));
    set_memory_limit(true);
    p = static_cast<char *>(opaque(::operator new[](256 * MIB, aligned_to(4096), std::nothrow)));
    CHECK_AT(calls == 3 && p != nullptr, calls);
    set_memory_limit(false);
    ::operator delete[](p, aligned_to(4096));
    return 0;
}
