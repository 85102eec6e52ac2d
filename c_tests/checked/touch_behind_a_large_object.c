/* expect: fault "touch behind the object"
 * needs:  quarry
 * conf:   checked:true
 * stacks: touched allocated
 * why:    a guard stands behind the last page of a large object */
#include "../misuse/stop.h"

int main(void) {
    volatile char *p = malloc(MIB);
    CHECK(p != NULL);
    announce_told("touch behind the object", (char *)p + MIB, (struct told){.size = MIB, .object = (char *)p});
    p[MIB] = 1;
    return 2;
}
