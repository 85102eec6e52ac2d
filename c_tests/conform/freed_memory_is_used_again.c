/* expect: exit 0
 * why:    C11 7.22.3.3: the space is made available for further allocation: pairs without end must not grow the program */
#include "../check.h"

int main(void) {
    uint64_t random = 5;
    for (int i = 0; i < 3000000; i++) {
        size_t size = next_random(&random) % 2000 + 1;
        char *p = malloc(size);
        CHECK_AT(p != NULL, i);
        p[0] = p[size - 1] = 1;
        free(p);
    }
    for (int i = 0; i < 300; i++) {
        size_t size = next_random(&random) % (100 * MIB) + 1;
        char *p = malloc(size);
        CHECK_AT(p != NULL, i);
        for (size_t at = 0; at < size; at += 4096)
            p[at] = 1;
        free(p);
    }
    CHECK_AT(resident_bytes() < 300 * MIB, resident_bytes());
    return 0;
}
