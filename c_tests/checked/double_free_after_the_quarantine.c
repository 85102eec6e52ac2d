/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * why:    once the object left the quarantine its mark tells, without stacks */
#include "checked.h"

int main(void) {
    char *p = malloc(40);
    /* A neighbour keeps the slab. */
    CHECK(p != NULL && malloc(40) != NULL);
    free(p);
    pass_quarantine();
    announce("double free", p, 48);
    free(opaque(p));
    return 2;
}
