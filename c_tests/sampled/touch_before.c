/* expect: fault "touch before the object"
 * needs:  quarry
 * conf:   sample:64K
 * stacks: touched allocated
 * why:    an object at the left end of its page: the byte before it is a guard */
#include "sampled.h"

int main(void) {
    volatile char *p = sampled(0);
    announce_told("touch before the object", (char *)p - 1, (struct told){.size = 100, .object = (char *)p});
    p[-1] = 1;
    return 2;
}
