/* expect: abort "interior pointer"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated
 * why:    as far before the object as its run begins */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(MIB);
    CHECK(p != NULL);
    announce_told("interior pointer", p - 4096, (struct told){.size = MIB, .object = p});
    free(opaque(p - 4096));
    return 2;
}
