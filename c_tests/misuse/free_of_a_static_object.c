/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    data of the program lie outside the arena */
#include "stop.h"

static char object[64] __attribute__((aligned(16)));

int main(void) {
    char *p = opaque(object);
    announce("foreign pointer", p, 0);
    free(p);
    return 2;
}
