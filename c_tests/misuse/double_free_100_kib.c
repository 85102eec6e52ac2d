/* expect: abort "double free"
 * needs:  quarry
 * why:    a run class: a thread that uses few keeps none, so the first free gave the run back whole */
#include "stop.h"

int main(void) {
    char *p = malloc(100 * KIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
