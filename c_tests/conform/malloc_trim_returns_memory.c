/* expect: exit 0
 * modes:  default
 * why:    malloc_trim(3): releases free memory; 256 MiB of small objects were freed, so the resident set falls by most of them */
#include "../check.h"

enum { COUNT = 2 << 20, SIZE = 128 };

int main(void) {
    char **live = malloc(COUNT * sizeof *live);
    CHECK(live != NULL);
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((live[i] = malloc(SIZE)) != NULL, i);
        memset(live[i], 1, SIZE);
    }
    size_t full = resident_bytes();
    CHECK_AT(full > 256 * MIB, full);
    for (int i = 0; i < COUNT; i++)
        free(live[i]);
    free(live);
    malloc_trim(0);
    CHECK_AT(resident_bytes() < 32 * MIB, resident_bytes());
    return 0;
}
