/* expect: abort "foreign pointer"
 * needs:  quarry
 * conf:   checked:true
 * why:    as without checks */
#include "../misuse/stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    free(p);
    return 2;
}
