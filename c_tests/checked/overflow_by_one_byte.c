/* expect: abort "overflow"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated
 * why:    the byte behind the size that was asked for, though the class has more: told by free */
#include "../misuse/stop.h"

int main(void) {
    volatile char *p = malloc(40);
    CHECK(p != NULL);
    p[40] = 0;
    announce_told("overflow", (char *)p + 40, (struct told){.size = 40, .object = (char *)p});
    free((char *)p);
    return 2;
}
