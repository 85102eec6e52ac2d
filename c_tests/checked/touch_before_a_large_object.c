/* expect: fault "touch before the object"
 * needs:  quarry
 * conf:   checked:true
 * stacks: touched allocated
 * why:    and one before its first */
#include "../misuse/stop.h"

int main(void) {
    volatile char *p = malloc(MIB);
    CHECK(p != NULL);
    announce_told("touch before the object", (char *)p - 1, (struct told){.size = MIB, .object = (char *)p});
    p[-1] = 1;
    return 2;
}
