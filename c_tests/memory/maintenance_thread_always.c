/* expect: exit 0
 * needs:  quarry
 * conf:   maintenance_thread:always
 * why:    with `always` a program of one thread has the maintenance thread too: what it frees goes back while it sleeps */
#include "maintenance.h"

int main(void) {
    size_t before = resident_bytes();
    struct link *list = take_mixed(256 * MIB, 1);
    expect_maintenance(1);
    give(list);
    for (int i = 0; i < 100 && resident_bytes() > before + 8 * MIB; i++)
        sleep_ms(100);
    CHECK_AT(resident_bytes() < before + 8 * MIB, resident_bytes() - before);
    return 0;
}
