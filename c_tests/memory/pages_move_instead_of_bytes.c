/* expect: exit 0
 * needs:  quarry
 * why:    buffers of 100 MiB that others stand in the way of grow all the same: their pages move to areas of their own. No byte
 *         is lost, memory is not held twice, and the arena stays one mapping */
#include "growth.h"

enum { COUNT = 4, IN_THE_WAY = 400 };

int main(void) {
    char *buffers[COUNT];
    /* What the heap has once it is in use. */
    CHECK((buffers[0] = malloc(100 * MIB)) != NULL);
    free(buffers[0]);
    size_t before = mappings();
    grow_in_turn(buffers, COUNT, 100 * MIB);
    /* Never touched: address space alone, in every gap. */
    static void *others[IN_THE_WAY];
    for (int i = 0; i < IN_THE_WAY; i++)
        CHECK_AT((others[i] = malloc(5 * MIB)) != NULL, i);
    for (int i = 0; i < COUNT; i++)
        CHECK_AT((buffers[i] = realloc(buffers[i], 130 * MIB)) != NULL, i);
    for (int i = 0; i < IN_THE_WAY; i++)
        free(others[i]);
    struct mallinfo2 info = mallinfo2();
    CHECK_AT(info.hblks >= 1 && info.hblks <= COUNT, info.hblks);
    CHECK_AT(mappings() <= before + COUNT + 3, mappings());
    CHECK_AT(sum_of("/proc/self/status", "VmHWM:", NULL) < 600 * MIB, sum_of("/proc/self/status", "VmHWM:", NULL));
    /* Where the pages left, memory of the arena reads as zero and serves again. */
    char *cleared = calloc(1, 90 * MIB);
    CHECK(cleared != NULL && is_zero(cleared, 90 * MIB));
    free(cleared);
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(is_as_grown(buffers[i], (size_t)i, 100 * MIB), i);
        CHECK((buffers[i] = realloc(buffers[i], 3000)) != NULL && holds(buffers[i], 3000, (unsigned long)i));
        free(buffers[i]);
    }
    CHECK(mallinfo2().hblks == 0);
    /* Two of the metadata store, which came into use, and one where huge pages begin to be asked for. */
    CHECK_AT(mappings() <= before + 3, mappings());
    return 0;
}
