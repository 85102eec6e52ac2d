/* expect: exit 0
 * needs:  quarry
 * conf:   thp:always
 * why:    with thp:always the heap asks for huge pages from its first unit on, which is aligned to one */
#include "smaps.h"

int main(void) {
    struct link *list = take_dense(20 * MIB, 1000);
    look_at_mappings();
    CHECK_AT(anonymous.asks_small == 0, anonymous.asks_small);
    CHECK(!kernel_gives_huge_pages() || anonymous.asks_huge >= 20 * MIB);
    give(list);
    return 0;
}
