/* expect: exit 0
 * needs:  quarry
 * why:    quarry_check walks the heap and returns 0 if it is sound: empty, full, in holes, trimmed, with objects of every kind */
#include "../check.h"
#include "../names.h"

enum { COUNT = 2000 };

int main(void) {
    static void *live[COUNT];
    uint64_t random = 3;
    CHECK(quarry_check() == 0);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < COUNT; i++)
            if (next_random(&random) % 2) {
                free(live[i]);
                live[i] = malloc(next_random(&random) % ((size_t)16 << i % 18));
            }
        CHECK_AT(quarry_check() == 0, round);
        if (round % 5 == 0) {
            malloc_trim(0);
            CHECK_AT(quarry_check() == 0, round);
        }
    }
    free(malloc(2 * GIB));
    for (int i = 0; i < COUNT; i++)
        free(live[i]);
    CHECK(quarry_check() == 0);
    malloc_trim(0);
    CHECK(quarry_check() == 0);
    return 0;
}
