/* expect: abort "double free"
 * needs:  quarry
 * conf:   sample:64K
 * stacks: allocated freed
 * why:    at once */
#include "sampled.h"

int main(void) {
    char *p = sampled(1);
    announce_told("double free", p, (struct told){.size = 100});
    free(p);
    free(opaque(p));
    return 2;
}
