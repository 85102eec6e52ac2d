/* expect: exit 0
 * why:    a program whose live bytes stay the same while its sizes shift: each phase replaces all 32 MiB, object by object, by ones
 *         of another size, and rests for a tenth of a second. What the sizes before held back must serve the next or go back: the
 *         third turn through the sizes needs no more than the first */
#include "memory.h"

enum { SIZES = 8, TURNS = 3 };

int main(void) {
    static const size_t sizes[SIZES] = {48, 3000, 200, 40000, 700, 16, 9000, 120};
    struct link *old = NULL;
    size_t before = resident_bytes(), most[TURNS] = {0};
    for (int phase = 0; phase < TURNS * SIZES; phase++) {
        size_t size = sizes[phase % SIZES], old_size = sizes[(phase + SIZES - 1) % SIZES], freed = 0;
        struct link *list = NULL;
        for (size_t taken = 0; taken < 32 * MIB; taken += size) {
            struct link *link = malloc(size);
            CHECK(link != NULL);
            touch(link, size);
            link->next = list;
            list = link;
            for (; freed < taken && old != NULL; freed += old_size) {
                struct link *next = old->next;
                free(old);
                old = next;
            }
        }
        give(old);
        old = list;
        size_t now = resident_bytes() - before;
        if (now > most[phase / SIZES])
            most[phase / SIZES] = now;
        sleep_ms(100);
    }
    give(old);
    CHECK_AT(most[0] < 72 * MIB, most[0]);
    CHECK_AT(most[2] < most[0] + 4 * MIB, most[2]);
    return 0;
}
