/* expect: fault "touch after free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: touched allocated freed
 * why:    a large object that is freed is a guard while it is in quarantine: reading it is enough */
#include "../misuse/stop.h"

int main(void) {
    volatile char *p = malloc(MIB);
    CHECK(p != NULL);
    free((char *)p);
    announce_told("touch after free", (char *)p + 5000, (struct told){.size = MIB, .object = (char *)p});
    return p[5000] == 0 ? 2 : 3;
}
