/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    the upper half of the address space: distance to the arena must not wrap */
#include "stop.h"

int main(void) {
    char *p = opaque((char *)(SIZE_MAX - 15));
    announce("foreign pointer", p, 0);
    free(p);
    return 2;
}
