/* expect: exit 0
 * needs:  quarry
 * conf:   thp:never
 * why:    with thp:never no part of the heap is behind huge pages, however large it is and whatever the kernel does unasked */
#include "smaps.h"

int main(void) {
    struct link *large = take_dense(700 * MIB, 1000);
    look_at_mappings();
    CHECK_AT(anonymous.asks_huge == 0 && anonymous.huge == 0, anonymous.huge);
    CHECK(!kernel_gives_huge_pages() || anonymous.asks_small >= 700 * MIB);
    give(large);
    return 0;
}
