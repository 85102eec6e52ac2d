/* expect: fault "touch behind the object"
 * needs:  quarry
 * conf:   sample:64K
 * stacks: touched allocated
 * why:    an object at the right end of its page: the first byte behind the alignment is a guard */
#include "sampled.h"

int main(void) {
    volatile char *p = sampled(1);
    announce_told("touch behind the object", (char *)p + 112, (struct told){.size = 100, .object = (char *)p});
    p[112] = 1;
    return 2;
}
