/* expect: exit 0
 * why:    C11 7.22.3.2, beyond the largest run of the arena (1 GiB); one byte in each 2 MiB keeps the test small */
#include "../check.h"

int main(void) {
    const size_t size = GIB + 300 * MIB + 12345;
    for (int round = 0; round < 3; round++) {
        char *p = calloc(1, size);
        CHECK_AT(p != NULL, round);
        for (size_t at = 0; at < size; at += 2 * MIB) {
            CHECK_AT(p[at] == 0, at);
            p[at] = 1;
        }
        CHECK(p[size - 1] == 0);
        p[size - 1] = 1;
        free(p);
    }
    return 0;
}
