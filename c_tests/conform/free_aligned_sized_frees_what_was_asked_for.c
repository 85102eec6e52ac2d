/* expect: exit 0
 * needs:  quarry
 * why:    C23 7.24.3.5: free_aligned_sized(ptr, alignment, size) with exactly what aligned_alloc was asked for. Null does nothing,
 *         errno stays, and the memory is used again */
#include "../check.h"
#include "../names.h"

int main(void) {
    free_aligned_sized(opaque(NULL), 64, 100);
    for (size_t alignment = 1; alignment <= 256 * MIB; alignment *= 2)
        for (size_t size = 0; size <= 40 * MIB; size = size * 3 + 1) {
            char *p = aligned_alloc(alignment, size);
            CHECK_AT(p != NULL && (uintptr_t)p % alignment == 0, alignment);
            if (size > 0)
                p[0] = p[size - 1] = 1;
            errno = 4711;
            free_aligned_sized(p, alignment, size);
            CHECK_AT(errno == 4711, alignment);
        }
    for (int i = 0; i < 200000; i++) {
        char *p = aligned_alloc(64, 3000);
        CHECK_AT(p != NULL, i);
        p[0] = p[2999] = 1;
        free_aligned_sized(p, 64, 3000);
    }
    CHECK_AT(resident_bytes() < 256 * MIB, resident_bytes());
    return 0;
}
