/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    __libc_free is free */
#include "stop.h"
#include "../names.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    __libc_free(p);
    return 2;
}
