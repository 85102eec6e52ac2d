/* expect: exit 0
 * why:    C11 7.22.3.5p1: ptr may come from any of the memory management functions, aligned_alloc among them */
#include "../check.h"

int main(void) {
    for (size_t alignment = 1; alignment <= 16 * MIB; alignment *= 2)
        for (size_t size = 1; size <= 3 * MIB; size = size * 3 + 1) {
            char *p = memalign(alignment, size);
            size_t watched = size < 10000 ? size : 10000;
            CHECK_AT(p != NULL && (uintptr_t)p % alignment == 0, alignment);
            fill(p, watched, size);
            CHECK_AT((p = realloc(p, size + size / 2 + 1)) != NULL && holds(p, watched, size), alignment);
            CHECK_AT((p = realloc(p, size / 2 + 1)) != NULL, alignment);
            CHECK_AT(holds(p, watched < size / 2 + 1 ? watched : size / 2 + 1, size), alignment);
            free(p);
        }
    return 0;
}
