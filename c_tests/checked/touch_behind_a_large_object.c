/* expect: fault "touch behind the object"
 * needs:  quarry
 * conf:   checked:true
 * stacks: touched allocated
 * why:    a guard stands behind the last page of a large object */
#include "../misuse/stop.h"

int main(void) {
    volatile char *p = malloc(MIB);
    CHECK(p != NULL);
    /* A canary takes the page behind a mebibyte; the guard is the next. */
    announce_told("touch behind the object", (char *)p + MIB + 4096, (struct told){.size = MIB, .object = (char *)p});
    p[MIB + 4096] = 1;
    return 2;
}
