/* expect: exit 0
 * needs:  quarry
 * why:    thp:auto: a small heap asks for small pages, so that it does not grow by rounding; what a large and dense heap grows by
 *         asks for huge ones, in one mapping; when memory is asked for, all of it goes, and nothing asks for huge pages any more,
 *         since the kernel would fill again what went */
#include "smaps.h"

int main(void) {
    struct link *small = take_dense(2 * MIB, 100);
    look_at_mappings();
    size_t count = anonymous.count;
    CHECK_AT(anonymous.asks_huge == 0 && anonymous.huge == 0, anonymous.huge);
    if (!kernel_gives_huge_pages())
        return 0;
    CHECK(anonymous.asks_small > 0);
    size_t before = resident_bytes();

    struct link *large = take_dense(760 * MIB, 256);
    look_at_mappings();
    CHECK_AT(anonymous.asks_huge >= 64 * MIB && anonymous.asks_small >= 256 * MIB, anonymous.asks_huge);
    CHECK_AT(anonymous.count <= count + 1, anonymous.count);
    /* 256-byte objects leave nothing untouched, so huge pages round up next to nothing. */
    CHECK_AT(resident_bytes() - before < 790 * MIB, resident_bytes() - before);

    /* Every 4000th object stays: about one in two units. */
    struct link *kept = NULL;
    for (size_t at = 0; large != NULL; at++) {
        struct link *next = large->next;
        if (at % 4000 == 0) {
            large->next = kept;
            kept = large;
        } else {
            free(large);
        }
        large = next;
    }
    malloc_trim(0);
    CHECK_AT(resident_bytes() - before < 100 * MIB, resident_bytes() - before);
    look_at_mappings();
    CHECK_AT(anonymous.asks_huge == 0, anonymous.asks_huge);
    CHECK_AT(anonymous.count <= count + 1, anonymous.count);
    give(kept);
    give(small);
    return 0;
}
