/* expect: abort "write after free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated freed
 * why:    a free object is filled; that it is as free left it is looked at when it leaves the quarantine */
#include "checked.h"

int main(void) {
    volatile char *p = malloc(40);
    CHECK(p != NULL);
    free((char *)p);
    p[8] = 7;
    announce_told("write after free", (char *)p + 8, (struct told){.size = 40, .object = (char *)p});
    pass_quarantine();
    return 2;
}
