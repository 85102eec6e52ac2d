/* expect: exit 0
 * needs:  quarry
 * why:    however a heap grows, shrinks and is purged, it is a few mappings (vm.max_map_count is 65,530): purging never unmaps,
 *         commits grow one prefix, and advice on huge pages cuts it in two at most */
#include "smaps.h"

enum { TURNS = 12 };

int main(void) {
    struct link *first = take_mixed(8 * MIB, 1);
    look_at_mappings();
    size_t before = anonymous.count;
    CHECK_AT(before < 24, before); /* the loader's and libc's among them */
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        /* Up to 660 MiB, past the size at which huge pages are asked for. */
        struct link *list = take_mixed((turn + 1) * 20 * MIB, turn), *more = take_dense((turn + 1) * 35 * MIB, 500);
        look_at_mappings();
        CHECK_AT(anonymous.count <= before + 2, anonymous.count);
        give(list);
        if (turn % 3 == 0)
            malloc_trim(0);
        give(more);
        if (turn % 2 == 0)
            malloc_trim(0);
        look_at_mappings();
        CHECK_AT(anonymous.count <= before + 2, anonymous.count);
    }
    give(first);
    return 0;
}
