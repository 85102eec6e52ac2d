/* expect: abort "double free"
 * needs:  quarry
 * why:    freed memory keeps no record of where objects began in it: that one was there and is gone is all there is to know */
#include "stop.h"

int main(void) {
    char *p = malloc(8 * MIB);
    CHECK(p != NULL);
    announce("double free", p + MIB, 0);
    free(p);
    free(opaque(p + MIB));
    return 2;
}
