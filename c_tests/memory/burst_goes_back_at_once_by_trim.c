/* expect: exit 0
 * needs:  quarry
 * why:    eight threads free 1 GiB of mixed sizes and sleep; malloc_trim(0) gives all of it but 8 MiB back before it returns,
 *         though what the sleepers have loaded is theirs alone */
#include "after_a_burst_memory_goes_back.h"

int main(void) {
    size_t before = burst();
    CHECK(malloc_trim(0) == 1);
    CHECK_AT(resident_bytes() < before + 8 * MIB, resident_bytes() - before);
    end_burst();
    return 0;
}
