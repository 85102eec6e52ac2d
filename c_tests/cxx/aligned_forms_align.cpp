/* expect: exit 0
 * why:    C++17 [new.delete.single]/1: storage aligned as asked, from 1 to 4096 and for 1 MiB; what the aligned forms return
 *         does not overlap */
#include "operators.h"

int main() {
    enum { COUNT = 8 };
    for (std::size_t alignment = 1; alignment <= MIB; alignment = alignment == 4096 ? MIB : alignment * 2) {
        std::align_val_t a = aligned_to(alignment);
        for (std::size_t size : {1ul, 24ul, 100ul, 4096ul, 70000ul}) {
            char *p[COUNT];
            for (int i = 0; i < COUNT; i++) {
                p[i] = static_cast<char *>(opaque(i % 2 ? ::operator new[](size, a) : ::operator new(size, a, std::nothrow)));
                CHECK_AT(reinterpret_cast<uintptr_t>(p[i]) % alignment == 0, alignment);
                fill(p[i], size, i);
            }
            for (int i = 0; i < COUNT; i++) {
                CHECK_AT(holds(p[i], size, i), alignment);
                i % 2 ? ::operator delete[](p[i], size, a) : ::operator delete(p[i], a, std::nothrow);
            }
        }
    }
    return 0;
}
