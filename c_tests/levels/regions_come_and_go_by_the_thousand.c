/* expect: exit 0
 * needs:  quarry
 * why:    as many regions as the kernel has mappings for: each is found again, resized and freed */
#include "levels.h"

enum { COUNT = 20000 };

int main(void) {
    static char *regions[COUNT];
    size_t before = mappings();
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((regions[i] = quarry_vmalloc((size_t)(i % 5) * PAGE)) != NULL, i);
        regions[i][0] = (char)i;
    }
    for (int i = 0; i < COUNT; i += 3)
        CHECK_AT((regions[i] = quarry_vrealloc(regions[i], 7 * PAGE)) != NULL, i);
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(regions[i][0] == (char)i, i);
        quarry_vfree(regions[i]);
    }
    CHECK(mappings() <= before + 4);
    return 0;
}
