/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    nothing is mapped there: the message must come before a fault */
#include "stop.h"

int main(void) {
    char *p = opaque((char *)0xdead0);
    announce("foreign pointer", p, 0);
    free(p);
    return 2;
}
