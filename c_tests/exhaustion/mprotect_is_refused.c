/* expect: exit 0
 * why:    mprotect fails: what was reserved cannot be committed. A sandbox may forbid it, and the kernel may have no memory for it */
#include "seccomp.h"

static void body(void) { CHECK(work_or_refuse() > 0); }

int main(void) {
    /* The heap is alive and has free memory when the kernel begins to refuse. */
    free(malloc(3 * MIB));
    with_refused(SYS_mprotect, body);
    return 0;
}
