/* expect: fault "touch after free"
 * needs:  quarry
 * conf:   sample:64K
 * stacks: touched allocated freed
 * why:    the page is closed when its object is freed: reading it is enough */
#include "sampled.h"

int main(void) {
    volatile char *p = sampled(1);
    free((char *)p);
    announce_told("touch after free", (char *)p + 5, (struct told){.size = 100, .object = (char *)p});
    return p[5] == 0 ? 2 : 3;
}
