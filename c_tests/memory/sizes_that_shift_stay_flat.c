/* expect: exit 0
 * why:    a program whose live bytes stay the same while its sizes shift: each phase replaces all 32 MiB, object by object, by ones
 *         of another size. What the sizes before held back must serve the next: no phase needs half as much again as the live
 *         bytes and what a second of decay may keep */
#include "memory.h"

enum { PHASES = 24 };

int main(void) {
    static const size_t sizes[PHASES / 3] = {48, 3000, 200, 40000, 700, 16, 9000, 120};
    struct link *old = NULL;
    size_t before = resident_bytes();
    for (int phase = 0; phase < PHASES; phase++) {
        size_t size = sizes[phase % (PHASES / 3)], freed = 0;
        struct link *list = NULL;
        size_t old_size = sizes[(phase + PHASES - 1) % (PHASES / 3)];
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
        CHECK_AT(resident_bytes() < before + 52 * MIB, (resident_bytes() - before) / KIB);
    }
    give(old);
    return 0;
}
