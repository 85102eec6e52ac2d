/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    quarry.h: EINVAL for size 0 or above 4 MiB, an alignment that is no power of two or above 16 KiB, an unknown flag */
#include "cache.h"

static int accepted(size_t size, size_t align, unsigned flags) {
    errno = 0;
    quarry_cache *cache = quarry_cache_create("arguments", size, align, NULL, NULL, NULL, NULL, flags);
    if (cache != NULL)
        CHECK(quarry_cache_destroy(cache) == 0);
    else
        CHECK_AT(errno == EINVAL, errno);
    return cache != NULL;
}

int main(void) {
    CHECK(accepted(1, 0, 0) && accepted(4 * MIB, 0, 0) && accepted(4 * MIB, 16 * KIB, QUARRY_CACHE_NOCOLOUR));
    CHECK(!accepted(0, 0, 0) && !accepted(4 * MIB + 1, 0, 0) && !accepted(SIZE_MAX, 0, 0));
    for (size_t align = 1; align <= 64 * KIB; align++)
        CHECK_AT(accepted(100, align, 0) == ((align & (align - 1)) == 0 && align <= 16 * KIB), align);
    CHECK(!accepted(100, (size_t)1 << 63, 0) && !accepted(100, SIZE_MAX, 0));
    for (unsigned bit = 1; bit < 32; bit++)
        CHECK_AT(!accepted(100, 0, 1u << bit) && !accepted(100, 0, 1u << bit | QUARRY_CACHE_NOCOLOUR), bit);
    return 0;
}
