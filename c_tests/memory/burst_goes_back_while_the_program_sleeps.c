/* expect: exit 0
 * needs:  quarry
 * conf:   maintenance_thread:true
 * why:    with the maintenance thread memory goes back though no thread calls anything: eight free 1 GiB of mixed sizes, and all
 *         of them sleep, the main thread too */
#include "after_a_burst_memory_goes_back.h"

int main(void) {
    size_t before = burst();
    sleep_ms(1500);
    /* A loaded machine may be late. */
    for (int i = 0; i < 100 && resident_bytes() > before + 8 * MIB; i++)
        sleep_ms(100);
    CHECK_AT(resident_bytes() < before + 8 * MIB, resident_bytes() - before);
    end_burst();
    return 0;
}
