/* expect: exit 0
 * why:    C++17 [new.delete.single], [new.delete.array]: each of the eight forms of new, freed by each of the forms of
 *         delete that may free it */
#include "operators.h"

static void *made(void *p, std::size_t size) {
    CHECK_AT(p != nullptr && (size < 16 || reinterpret_cast<uintptr_t>(p) % 16 == 0), size);
    fill(p, size, size);
    CHECK_AT(holds(p, size, size), size);
    return opaque(p);
}

int main() {
    for (std::size_t size : {0ul, 1ul, 16ul, 24ul, 1000ul, 40000ul, 300000ul, 5000000ul}) {
        std::align_val_t a = aligned_to(64);
        for (int round = 0; round < 2; round++) {
            bool nothrow = round == 1;
            void *p[12];
            for (int i = 0; i < 3; i++) {
                p[i] = made(nothrow ? ::operator new(size, std::nothrow) : ::operator new(size), size);
                p[i + 3] = made(nothrow ? ::operator new[](size, std::nothrow) : ::operator new[](size), size);
                p[i + 6] = made(nothrow ? ::operator new(size, a, std::nothrow) : ::operator new(size, a), size);
                p[i + 9] = made(nothrow ? ::operator new[](size, a, std::nothrow) : ::operator new[](size, a), size);
            }
            ::operator delete(p[0]);
            ::operator delete(p[1], size);
            ::operator delete(p[2], std::nothrow);
            ::operator delete[](p[3]);
            ::operator delete[](p[4], size);
            ::operator delete[](p[5], std::nothrow);
            ::operator delete(p[6], a);
            ::operator delete(p[7], size, a);
            ::operator delete(p[8], a, std::nothrow);
            ::operator delete[](p[9], a);
            ::operator delete[](p[10], size, a);
            ::operator delete[](p[11], a, std::nothrow);
        }
    }
    return 0;
}
