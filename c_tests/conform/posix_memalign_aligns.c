/* expect: exit 0
 * why:    POSIX posix_memalign: memory aligned on a boundary specified by alignment; here from 8 to 1 GiB */
#include "../check.h"

int main(void) {
    for (size_t alignment = sizeof(void *); alignment <= GIB; alignment *= 2) {
        const size_t sizes[] = {0, 1, 100, alignment - 1, alignment, alignment + 1, alignment * 3 / 2, 200 * KIB};
        void *live[8];
        for (int i = 0; i < 8; i++) {
            CHECK_AT(posix_memalign(&live[i], alignment, sizes[i]) == 0, alignment);
            CHECK_AT(live[i] != NULL && (uintptr_t)live[i] % alignment == 0, alignment);
            CHECK_AT(malloc_usable_size(live[i]) >= sizes[i], alignment);
            for (int j = 0; j < i; j++)
                CHECK_AT(live[i] != live[j], alignment);
            if (sizes[i] > 0)
                ((char *)live[i])[0] = ((char *)live[i])[sizes[i] - 1] = 1;
        }
        for (int i = 0; i < 8; i++)
            free(live[i]);
    }
    return 0;
}
