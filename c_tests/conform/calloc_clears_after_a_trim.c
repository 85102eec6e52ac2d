/* expect: exit 0
 * why:    memory given back to the system comes back zero only where it was really given back: neighbours of one run may be
 *         clean and dirty, and calloc has to know which (C11 7.22.3.2) */
#include "../check.h"

enum { COUNT = 400 };

int main(void) {
    static char *objects[COUNT];
    uint64_t random = 7;
    for (int round = 0; round < 12; round++) {
        for (int i = 0; i < COUNT; i++)
            if (objects[i] == NULL) {
                size_t size = next_random(&random) % (round % 2 ? 300000 : 20000) + 1;
                CHECK_AT((objects[i] = calloc(1, size)) != NULL, size);
                CHECK_AT(is_zero(objects[i], size), size);
                memset(objects[i], 0xee, malloc_usable_size(objects[i]));
            }
        for (int i = 0; i < COUNT; i++)
            if (next_random(&random) % 3 != 0) {
                free(objects[i]);
                objects[i] = NULL;
            }
        malloc_trim(0);
    }
    for (int i = 0; i < COUNT; i++)
        free(objects[i]);
    return 0;
}
