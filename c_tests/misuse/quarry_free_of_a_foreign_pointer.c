/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    quarry_free is free */
#include "stop.h"
#include "../names.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    quarry_free(p);
    return 2;
}
