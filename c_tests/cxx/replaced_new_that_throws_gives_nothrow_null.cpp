/* expect: exit 0
 * why:    C++17 [new.delete.single]/7: the nothrow forms catch what the program's own new throws, through this library's frame */
#include "operators.h"

struct Refused : std::bad_alloc {};
static int calls;
void *operator new(std::size_t) {
    calls++;
    throw Refused();
}
void *operator new(std::size_t, std::align_val_t) {
    calls++;
    throw Refused();
}

int main() {
    std::size_t size = opaque_size(24);
    bool caught = false;
    CHECK(opaque(::operator new(size, std::nothrow)) == nullptr && calls == 1);
    CHECK(opaque(::operator new[](size, std::nothrow)) == nullptr && calls == 2);
    CHECK(opaque(::operator new(size, aligned_to(64), std::nothrow)) == nullptr && calls == 3);
    CHECK(opaque(::operator new[](size, aligned_to(64), std::nothrow)) == nullptr && calls == 4);
    try {
        opaque(::operator new[](size));
    } catch (const Refused &) {
        caught = true;
    }
    CHECK_AT(caught && calls == 5, calls);
    return 0;
}
