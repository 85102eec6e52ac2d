/* expect: abort "overflow"
 * needs:  quarry
 * conf:   sample:64K
 * stacks: allocated
 * why:    what is no guard is a canary: told by free */
#include "sampled.h"

int main(void) {
    volatile char *p = sampled(0);
    p[100] = 0;
    announce_told("overflow", (char *)p + 100, (struct told){.size = 100, .object = (char *)p});
    free((char *)p);
    return 2;
}
