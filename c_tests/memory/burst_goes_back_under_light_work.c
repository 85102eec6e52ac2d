/* expect: exit 0
 * needs:  quarry
 * why:    eight threads free 1 GiB of mixed sizes and sleep; while the main thread works lightly for 1.5 s, all of it but 8 MiB
 *         goes back by itself. (Any other size would do: 1 GiB keeps the test short) */
#include "after_a_burst_memory_goes_back.h"

int main(void) {
    size_t before = burst();
    uint64_t random = 1;
    for (int i = 0; i < 150; i++) {
        work_lightly(&random);
        sleep_ms(10);
    }
    CHECK_AT(resident_bytes() < before + 8 * MIB, resident_bytes() - before);
    end_burst();
    return 0;
}
