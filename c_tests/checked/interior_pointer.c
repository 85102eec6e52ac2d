/* expect: abort "interior pointer"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated
 * why:    an address inside an object, at once */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    announce_told("interior pointer", p + 16, (struct told){.size = 40, .object = p});
    free(opaque(p + 16));
    return 2;
}
