/* expect: exit 0
 * why:    malloc_trim(3) releases free memory: every second object is live and must not lose a byte */
#include "../check.h"

enum { COUNT = 50000 };

int main(void) {
    static char *live[COUNT];
    for (int i = 0; i < COUNT; i++) {
        size_t size = (size_t)i % 3000 + 1;
        CHECK_AT((live[i] = malloc(size)) != NULL, i);
        fill(live[i], size, (unsigned long)i);
    }
    for (int step = 2; step <= 16; step *= 2) {
        for (int i = 0; i < COUNT; i++)
            if (i % step != 0) {
                free(live[i]);
                live[i] = NULL;
            }
        malloc_trim(0);
        for (int i = 0; i < COUNT; i += step)
            CHECK_AT(holds(live[i], (size_t)i % 3000 + 1, (unsigned long)i), i);
    }
    for (int i = 0; i < COUNT; i++)
        free(live[i]);
    return 0;
}
