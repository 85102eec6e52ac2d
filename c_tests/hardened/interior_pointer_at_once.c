/* expect: abort "interior pointer"
 * needs:  quarry
 * conf:   hardened:true
 * why:    no object starts there */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 16, 48, p);
    free(opaque(p + 16));
    return 2;
}
