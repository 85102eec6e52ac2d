/* expect: exit 0
 * why:    C++17 [basic.stc.dynamic.allocation]/2: a request of zero bytes gives a non-null pointer, distinct from all others */
#include "operators.h"

int main() {
    enum { COUNT = 100 };
    void *p[COUNT];
    for (int i = 0; i < COUNT; i++) {
        p[i] = opaque(i < COUNT / 2 ? ::operator new(0) : ::operator new[](0));
        CHECK_AT(p[i] != nullptr, i);
        for (int k = 0; k < i; k++)
            CHECK_AT(p[k] != p[i], i);
    }
    for (int i = 0; i < COUNT / 2; i++)
        ::operator delete(p[i]);
    for (int i = COUNT / 2; i < COUNT; i++)
        ::operator delete[](p[i]);
    return 0;
}
