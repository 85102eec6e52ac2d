/* expect: abort "write after free"
 * needs:  quarry
 * conf:   checked:true
 * why:    once it left the quarantine, when it is handed out again; nothing is known of it then but its class */
#include "checked.h"

int main(void) {
    volatile char *p = malloc(40);
    /* A neighbour keeps the slab. */
    CHECK(p != NULL && malloc(40) != NULL);
    free((char *)p);
    pass_quarantine();
    p[8] = 7;
    announce_inside("write after free", (char *)p + 8, 48, (char *)p);
    for (int i = 0; i < 1000000; i++)
        CHECK(malloc(40) != NULL);
    return 2;
}
