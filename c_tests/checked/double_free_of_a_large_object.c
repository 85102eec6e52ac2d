/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated freed
 * why:    large objects have records too */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(MIB);
    CHECK(p != NULL);
    announce_told("double free", p, (struct told){.size = MIB});
    free(p);
    free(opaque(p));
    return 2;
}
