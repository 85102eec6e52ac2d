/* expect: exit 0
 * needs:  quarry
 * why:    an alignment that is no power of two is undefined in C++; it is served as aligned_alloc serves it, by the next one;
 *         one that has no next one, and a size that rounding up would wrap around, are refused */
#include "operators.h"

int main() {
    for (std::size_t alignment : {0ul, 3ul, 24ul, 48ul, 1000ul, 5000ul}) {
        std::size_t rounded = 1;
        while (rounded < alignment)
            rounded *= 2;
        void *p = opaque(::operator new(100, aligned_to(opaque_size(alignment))));
        CHECK_AT(reinterpret_cast<uintptr_t>(p) % rounded == 0, alignment);
        ::operator delete(p, aligned_to(opaque_size(alignment)));
    }
    CHECK(opaque(::operator new(100, aligned_to(opaque_size(SIZE_MAX)), std::nothrow)) == nullptr);
    CHECK(opaque(::operator new(opaque_size(SIZE_MAX), aligned_to(4096), std::nothrow)) == nullptr);
    return 0;
}
