/* expect: exit 0
 * why:    C11 7.22.3p1: each allocation yields an object disjoint from any other */
#include "../check.h"

enum { SMALL = 20000, LARGE = 60 };

int main(void) {
    static char *small[SMALL], *large[LARGE];
    for (int i = 0; i < SMALL; i++) {
        CHECK_AT((small[i] = malloc((size_t)i % 700 + 1)) != NULL, i);
        fill(small[i], (size_t)i % 700 + 1, (unsigned long)i);
    }
    for (int i = 0; i < LARGE; i++) {
        CHECK_AT((large[i] = malloc((size_t)i * 20000 + 1)) != NULL, i);
        fill(large[i], (size_t)i * 20000 + 1, (unsigned long)i);
    }
    for (int i = 0; i < SMALL; i++)
        CHECK_AT(holds(small[i], (size_t)i % 700 + 1, (unsigned long)i), i);
    for (int i = 0; i < LARGE; i++)
        CHECK_AT(holds(large[i], (size_t)i * 20000 + 1, (unsigned long)i), i);
    for (int i = 0; i < SMALL; i++)
        free(small[i]);
    for (int i = 0; i < LARGE; i++)
        free(large[i]);
    return 0;
}
