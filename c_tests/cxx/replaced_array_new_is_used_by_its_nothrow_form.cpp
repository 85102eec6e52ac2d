/* expect: exit 0
 * why:    C++17 [new.delete.array]: new[](size, nothrow) calls new[](size), and delete[](p, n) calls delete[](p); new(size)
 *         stays what it was */
#include "operators.h"

static int made, freed;
static char own[64];

void *operator new[](std::size_t) {
    made++;
    return own;
}
void operator delete[](void *p) noexcept {
    CHECK(p == own);
    freed++;
}

int main() {
    std::size_t size = opaque_size(24);
    CHECK(opaque(::operator new[](size)) == own && made == 1);
    CHECK(opaque(::operator new[](size, std::nothrow)) == own && made == 2);
    ::operator delete[](opaque(own));
    ::operator delete[](opaque(own), size);
    ::operator delete[](opaque(own), std::nothrow);
    CHECK_AT(freed == 3, freed);
    void *other = opaque(::operator new(size)), *another = opaque(::operator new(size, std::nothrow));
    CHECK(other != own && another != own && made == 2);
    ::operator delete(other);
    ::operator delete(another, std::nothrow);
    CHECK_AT(freed == 3, freed);
    return 0;
}
