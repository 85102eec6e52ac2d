/* expect: abort "interior pointer"
 * needs:  quarry
 * conf:   sample:64K
 * stacks: allocated
 * why:    at once */
#include "sampled.h"

int main(void) {
    char *p = sampled(1);
    announce_told("interior pointer", p + 16, (struct told){.size = 100, .object = p});
    free(opaque(p + 16));
    return 2;
}
