/* expect: exit 0
 * needs:  quarry
 * why:    malloc_trim(3): 1 if memory was released, 0 if it was not possible to release any */
#include "../check.h"

int main(void) {
    malloc_trim(0);
    char *p = malloc(64 * MIB);
    CHECK(p != NULL);
    memset(p, 1, 64 * MIB);
    free(p);
    size_t before = resident_bytes();
    int trimmed = malloc_trim(0);
    /* What was freed may have been given back at once; only then was there nothing left to trim. */
    CHECK(trimmed == 1 || before < 32 * MIB);
    CHECK_AT(resident_bytes() < 32 * MIB, resident_bytes());
    CHECK(malloc_trim(0) == 0);
    return 0;
}
