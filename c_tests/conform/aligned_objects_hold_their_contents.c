/* expect: exit 0
 * why:    C11 7.22.3p1: disjoint objects, also where alignment leaves gaps between them */
#include "../check.h"

enum { COUNT = 1024 };

int main(void) {
    static char *live[COUNT];
    for (size_t alignment = 16; alignment <= 64 * KIB; alignment *= 2) {
        for (int i = 0; i < COUNT; i++) {
            CHECK_AT((live[i] = memalign(alignment, (size_t)i % 100 + 1)) != NULL, alignment);
            CHECK_AT((uintptr_t)live[i] % alignment == 0, alignment);
            fill(live[i], (size_t)i % 100 + 1, (unsigned long)i);
        }
        for (int i = 0; i < COUNT; i++)
            CHECK_AT(holds(live[i], (size_t)i % 100 + 1, (unsigned long)i), alignment);
        for (int i = 0; i < COUNT; i += 2)
            free(live[i]);
        for (int i = 1; i < COUNT; i += 2) {
            CHECK_AT(holds(live[i], (size_t)i % 100 + 1, (unsigned long)i), alignment);
            free(live[i]);
        }
    }
    return 0;
}
