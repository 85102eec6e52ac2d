/* expect: exit 0
 * needs:  quarry
 * why:    an order above the largest is EINVAL, a size above PTRDIFF_MAX is ENOMEM */
#include "levels.h"

int main(void) {
    const unsigned orders[] = {QUARRY_MAX_ORDER + 1, 31, 32, 52, 63, 64, UINT_MAX};
    for (int i = 0; i < 7; i++) {
        errno = 0;
        CHECK_AT(quarry_alloc_pages(orders[i]) == NULL && errno == EINVAL, orders[i]);
        errno = 0;
        CHECK_AT(quarry_get_zeroed_pages(orders[i]) == NULL && errno == EINVAL, orders[i]);
    }
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 4095, (size_t)PTRDIFF_MAX + 1, PTRDIFF_MAX};
    for (int i = 0; i < 4; i++) {
        errno = 0;
        CHECK_AT(quarry_alloc_pages_exact(opaque_size(sizes[i])) == NULL && errno == ENOMEM, sizes[i]);
    }
    return 0;
}
