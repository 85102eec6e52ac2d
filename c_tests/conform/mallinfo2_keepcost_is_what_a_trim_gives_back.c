/* expect: exit 0
 * needs:  quarry
 * conf:   decay_ms:600000
 * why:    mallinfo(3): keepcost is the free memory that malloc_trim could give back. All of it was touched, so the resident
 *         set falls by as much, within a tenth */
#include "../check.h"

enum { COUNT = 64 };

static void keeps(size_t size) {
    static char *live[COUNT];
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((live[i] = malloc(size)) != NULL, size);
        memset(live[i], 1, malloc_usable_size(live[i]));
    }
    malloc_trim(0);
    CHECK_AT(mallinfo2().keepcost < 2 * MIB, size);
    for (int i = 0; i < COUNT; i++)
        free(live[i]);
    size_t promised = mallinfo2().keepcost, before = resident_bytes();
    CHECK_AT(promised >= size * COUNT / 2, promised);
    malloc_trim(0);
    size_t given = before - resident_bytes();
    CHECK_AT(promised >= given - given / 10 && promised <= given + given / 10, promised);
    CHECK_AT(mallinfo2().keepcost < 2 * MIB, size);
}

int main(void) {
    keeps(MIB);
    keeps(5 * MIB);
    return 0;
}
