/* expect: exit 0
 * needs:  quarry
 * why:    buffers behind which the room is taken grow on to 100 MiB: their pages move to areas of their own. No byte is lost,
 *         memory is not held twice, and the arena stays one mapping */
#include "growth.h"

enum { COUNT = 4, IN_THE_WAY = 10000 };

/* Allocates objects until one lies in the room that `buffer` needs to grow by 30 MiB, or as many as would have. */
static size_t stand_in_the_way(char *buffer, void **others, size_t count) {
    size_t behind;
    do {
        CHECK((others[count++] = malloc(64 * KIB)) != NULL);
        behind = (size_t)((char *)others[count - 1] - (buffer + malloc_usable_size(buffer)));
    } while (count < IN_THE_WAY && behind >= 20 * MIB);
    return count;
}

int main(void) {
    char *buffers[COUNT];
    /* What the heap has once it is in use. */
    char *first = malloc(100 * MIB), *small = malloc(100);
    CHECK(first != NULL && small != NULL);
    *(volatile char *)first = *(volatile char *)small = 1;
    free(first);
    size_t before = mappings();
    grow_in_turn(buffers, COUNT, 70 * MIB);
    static void *others[IN_THE_WAY];
    size_t count = 0;
    for (int i = 0; i < COUNT; i++)
        count = stand_in_the_way(buffers[i], others, count);
    for (int i = 0; i < COUNT; i++) {
        CHECK((buffers[i] = realloc(buffers[i], 100 * MIB)) != NULL);
        memset(buffers[i] + 70 * MIB, 1, 30 * MIB);
    }
    struct mallinfo2 info = mallinfo2();
    CHECK_AT(info.hblks >= 1 && info.hblks <= COUNT, info.hblks);
    CHECK_AT(mappings() <= before + COUNT + 3, mappings());
    CHECK_AT(sum_of("/proc/self/status", "VmHWM:", NULL) < 600 * MIB, sum_of("/proc/self/status", "VmHWM:", NULL));
    /* Where the pages left, memory of the arena reads as zero and serves again. */
    char *cleared = calloc(1, 90 * MIB);
    CHECK(cleared != NULL && is_zero(cleared, 90 * MIB));
    free(cleared);
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(is_as_grown(buffers[i], (size_t)i, 70 * MIB), i);
        CHECK((buffers[i] = realloc(buffers[i], 3000)) != NULL && holds(buffers[i], 3000, (unsigned long)i));
        free(buffers[i]);
    }
    for (size_t i = 0; i < count; i++)
        free(others[i]);
    free(small);
    CHECK(mallinfo2().hblks == 0);
    CHECK_AT(mappings() <= before + 3, mappings());
    return 0;
}
