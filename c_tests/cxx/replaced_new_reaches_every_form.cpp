/* expect: exit 0
 * why:    C++17 [new.delete.single], [new.delete.array], default behaviour: a program that replaces only new(size_t) and
 *         delete(void *) gets its own from new[], nothrow, sized and nothrow delete */
#include "operators.h"

static int made, freed;
static char own[64];

void *operator new(std::size_t size) {
    CHECK_AT(size == 24, size);
    made++;
    return own;
}
void operator delete(void *p) noexcept {
    CHECK(p == own);
    freed++;
}

int main() {
    std::size_t size = opaque_size(24);
    CHECK(opaque(::operator new(size)) == own && made == 1);
    CHECK(opaque(::operator new[](size)) == own && made == 2);
    CHECK(opaque(::operator new(size, std::nothrow)) == own && made == 3);
    CHECK(opaque(::operator new[](size, std::nothrow)) == own && made == 4);
    ::operator delete(opaque(own));
    ::operator delete(opaque(own), size);
    ::operator delete(opaque(own), std::nothrow);
    CHECK_AT(freed == 3, freed);
    ::operator delete[](opaque(own));
    ::operator delete[](opaque(own), size);
    ::operator delete[](opaque(own), std::nothrow);
    CHECK_AT(freed == 6, freed);
    return 0;
}
