/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    cfree is free */
#include "stop.h"
#include "../names.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    cfree(p);
    return 2;
}
