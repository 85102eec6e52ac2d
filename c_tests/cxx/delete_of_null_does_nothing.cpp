/* expect: exit 0
 * why:    C++17 [new.delete.single]/15: a null pointer has no effect, in any of the twelve forms */
#include "operators.h"

int main() {
    void *null = nullptr;
    std::align_val_t a = aligned_to(64);
    ::operator delete(opaque(null));
    ::operator delete(opaque(null), 24);
    ::operator delete(opaque(null), std::nothrow);
    ::operator delete(opaque(null), a);
    ::operator delete(opaque(null), 24, a);
    ::operator delete(opaque(null), a, std::nothrow);
    ::operator delete[](opaque(null));
    ::operator delete[](opaque(null), 24);
    ::operator delete[](opaque(null), std::nothrow);
    ::operator delete[](opaque(null), a);
    ::operator delete[](opaque(null), 24, a);
    ::operator delete[](opaque(null), a, std::nothrow);
    return 0;
}
