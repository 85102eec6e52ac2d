/* expect: exit 0
 * needs:  quarry root
 * why:    mremap(2), MREMAP_DONTUNMAP: the kernel unlocks the whole mapping that pages are moved out of; so where the program
 *         locked its memory, objects that grow are copied */
#include "growth.h"

enum { COUNT = 3 };

int main(void) {
    char *buffers[COUNT];
    CHECK((buffers[0] = malloc(16 * MIB)) != NULL);
    if (mlockall(MCL_CURRENT) != 0)
        return 0;
    free(buffers[0]);
    size_t locked = sum_of("/proc/self/status", "VmLck:", NULL);
    CHECK_AT(locked >= 16 * MIB, locked);
    grow_in_turn(buffers, COUNT, 100 * MIB);
    CHECK_AT(sum_of("/proc/self/status", "VmLck:", NULL) >= locked, sum_of("/proc/self/status", "VmLck:", NULL));
    return 0;
}
