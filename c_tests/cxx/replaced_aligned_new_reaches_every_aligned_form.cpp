/* expect: exit 0
 * why:    C++17 [new.delete.single], [new.delete.array]: what holds for new(size_t) holds for new(size_t, align_val_t), and the
 *         forms without alignment are left alone */
#include "operators.h"

static int made, freed;
alignas(256) static char own[256];

void *operator new(std::size_t size, std::align_val_t alignment) {
    CHECK_AT(size == 24 && alignment == aligned_to(256), size);
    made++;
    return own;
}
void operator delete(void *p, std::align_val_t alignment) noexcept {
    CHECK(p == own && alignment == aligned_to(256));
    freed++;
}

int main() {
    std::size_t size = opaque_size(24);
    std::align_val_t a = aligned_to(opaque_size(256));
    CHECK(opaque(::operator new(size, a)) == own && made == 1);
    CHECK(opaque(::operator new[](size, a)) == own && made == 2);
    CHECK(opaque(::operator new(size, a, std::nothrow)) == own && made == 3);
    CHECK(opaque(::operator new[](size, a, std::nothrow)) == own && made == 4);
    ::operator delete(opaque(own), a);
    ::operator delete(opaque(own), size, a);
    ::operator delete(opaque(own), a, std::nothrow);
    CHECK_AT(freed == 3, freed);
    ::operator delete[](opaque(own), a);
    ::operator delete[](opaque(own), size, a);
    ::operator delete[](opaque(own), a, std::nothrow);
    CHECK_AT(freed == 6, freed);
    void *other = opaque(::operator new(size));
    CHECK(other != own && made == 4);
    ::operator delete(other);
    CHECK_AT(freed == 6, freed);
    return 0;
}
