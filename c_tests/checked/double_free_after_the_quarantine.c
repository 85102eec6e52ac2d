/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * why:    once the object left the quarantine its mark tells, without stacks */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    free(p);
    for (int i = 0; i < 100000; i++)
        free(malloc(4000));
    announce("double free", p, 48);
    free(opaque(p));
    return 2;
}
