/* expect: exit 0
 * needs:  quarry
 * why:    quarry.h: beyond 16 KiB, exact pages are granules; a size that makes as many of them is taken for the right one. The
 *         border to a size that is recognised: misuse/wrong_size_by_a_granule.c */
#include "levels.h"

int main(void) {
    const size_t in_granule = 16 * KIB / PAGE;
    for (size_t granules = 2; granules <= 5; granules++) {
        size_t least = (granules - 1) * in_granule + 1, most = granules * in_granule;
        for (size_t pages = least; pages <= most; pages++)
            for (size_t told = least; told <= most; told++) {
                char *run = quarry_alloc_pages_exact(pages * PAGE);
                CHECK_AT(run != NULL && malloc_usable_size(run) == granules * 16 * KIB, pages);
                quarry_free_pages_exact(run, told * PAGE);
            }
    }
    /* An odd number of bytes is the whole pages that hold them, on either side. */
    quarry_free_pages_exact(quarry_alloc_pages_exact(2 * PAGE), PAGE + 1);
    quarry_free_pages_exact(quarry_alloc_pages_exact(PAGE + 1), 2 * PAGE);
    CHECK(quarry_check() == 0);
    return 0;
}
