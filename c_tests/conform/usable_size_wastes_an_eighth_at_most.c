/* expect: exit 0
 * needs:  quarry
 * why:    size classes: 16-byte steps to 128, then eight per doubling, so at most an eighth is lost to rounding */
#include "../check.h"

int main(void) {
    for (size_t size = 1; size <= 4 * MIB; size += size < 5000 ? 1 : size / 100) {
        void *p = malloc(size);
        CHECK_AT(p != NULL, size);
        size_t usable = malloc_usable_size(p), step = size <= 128 ? 15 : size / 8;
        CHECK_AT(usable <= size + step + 16 * KIB * (size > 32 * KIB), size);
        free(p);
    }
    return 0;
}
