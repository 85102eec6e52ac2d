/* expect: exit 0
 * why:    mmap fails from here on: no new arena, no area of its own; what is reserved already still serves */
#include "seccomp.h"

static void body(void) { CHECK(work_or_refuse() > 0); }

int main(void) {
    /* The heap is alive and has free memory when the kernel begins to refuse. */
    free(malloc(3 * MIB));
    with_refused(SYS_mmap, body);
    return 0;
}
