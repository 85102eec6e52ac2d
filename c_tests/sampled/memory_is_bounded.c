/* expect: exit 0
 * needs:  quarry
 * conf:   sample:64K
 * why:    there are 256 places for sampled objects: who keeps more than that is sampled no more */
#include "sampled.h"

int main(void) {
    size_t before = resident_bytes();
    int sampled_objects = 0;
    for (int i = 0; i < 200000; i++) {
        char *p = malloc(100);
        CHECK(p != NULL);
        sampled_objects += malloc_usable_size(p) == 100;
    }
    CHECK_AT(sampled_objects > 200 && sampled_objects <= 256, sampled_objects);
    CHECK(resident_bytes() - before < 200000 * 112 + 16 * MIB);
    return 0;
}
