/* expect: abort "double free"
 * needs:  quarry
 * why:    a run class, in a thread that made no use of it: the first free gives the run back whole, the second stops at once */
#include "stop.h"

int main(void) {
    char *p = malloc(100 * KIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    free(opaque(p));
    return 2;
}
