/* expect: exit 0
 * needs:  quarry
 * conf:   decay_ms:600000
 * why:    malloc_trim(3): pad is the free memory to leave; of 64 MiB, 48 stay until malloc_trim(0) gives back the rest */
#include "../check.h"

enum { COUNT = 128 };

int main(void) {
    static char *live[COUNT];
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((live[i] = malloc(MIB)) != NULL, i);
        memset(live[i], 1, MIB);
    }
    malloc_trim(0);
    size_t full = resident_bytes();
    for (int i = 0; i < COUNT; i += 2) /* every second one, so that what is free does not grow into a single run */
        free(live[i]);
    CHECK(malloc_trim(48 * MIB) == 1);
    size_t padded = resident_bytes();
    CHECK_AT(padded + 12 * MIB < full && padded + 20 * MIB > full, full - padded);
    CHECK(malloc_trim(0) == 1);
    size_t bare = resident_bytes();
    CHECK_AT(bare + 44 * MIB < padded && bare + 52 * MIB > padded, padded - bare);
    for (int i = 1; i < COUNT; i += 2)
        free(live[i]);
    return 0;
}
