/* expect: exit 0
 * why:    C11 7.22.3.1 (DR 460: any size is accepted); every power of two from 1 to 1 GiB, for aligned_alloc and memalign */
#include "../check.h"

typedef void *aligning(size_t alignment, size_t size);

static void aligns(aligning *allocate) {
    for (size_t alignment = 1; alignment <= GIB; alignment *= 2) {
        const size_t sizes[] = {0, 1, 17, alignment - 1, alignment, alignment + 1, alignment * 2, 70000};
        char *live[8];
        for (int i = 0; i < 8; i++) {
            CHECK_AT((live[i] = allocate(alignment, sizes[i])) != NULL, alignment);
            CHECK_AT((uintptr_t)live[i] % alignment == 0 && (uintptr_t)live[i] % 16 == 0, alignment);
            CHECK_AT(malloc_usable_size(live[i]) >= sizes[i], alignment);
            if (sizes[i] > 0)
                live[i][0] = live[i][sizes[i] - 1] = (char)i;
        }
        for (int i = 0; i < 8; i++) {
            CHECK_AT(sizes[i] == 0 || live[i][sizes[i] - 1] == (char)i, alignment);
            free(live[i]);
        }
    }
}

int main(void) {
    aligns(aligned_alloc);
    aligns(memalign);
    return 0;
}
