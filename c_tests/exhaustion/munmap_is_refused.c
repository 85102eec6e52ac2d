/* expect: exit 0
 * why:    munmap fails (ENOMEM when a hole would split an area and no more areas are allowed, vm.max_map_count): an object that
 *         cannot be given back must not be taken for one that was */
#include "seccomp.h"

static void body(void) { CHECK(work_or_refuse() > 0); }

int main(void) {
    /* The heap is alive and has free memory when the kernel begins to refuse. */
    free(malloc(3 * MIB));
    with_refused(SYS_munmap, body);
    return 0;
}
