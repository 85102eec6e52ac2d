/* expect: exit 0
 * why:    mremap fails: realloc of an object with an area of its own copies, or refuses and keeps the old one */
#include "seccomp.h"

static void body(void) {
    CHECK(work_or_refuse() > 0);
    char *p = malloc(GIB + MIB);
    CHECK(p != NULL);
    fill(p, 5000, 1);
    p[GIB] = 2;
    errno = 0;
    char *larger = realloc(p, 2 * GIB);
    CHECK(larger != NULL || errno == ENOMEM);
    p = larger != NULL ? larger : p;
    CHECK(holds(p, 5000, 1) && p[GIB] == 2);
    free(p);
}

int main(void) {
    /* The heap is alive and has free memory when the kernel begins to refuse. */
    free(malloc(3 * MIB));
    with_refused(SYS_mremap, body);
    return 0;
}
