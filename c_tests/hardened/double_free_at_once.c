/* expect: abort "double free"
 * needs:  quarry
 * conf:   hardened:true
 * why:    the second free itself is stopped, though nothing is drained */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    announce("double free", p, 48);
    free(p);
    free(opaque(p));
    return 2;
}
