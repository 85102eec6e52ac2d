/* expect: abort "overflow"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated
 * why:    realloc frees the old object */
#include "../misuse/stop.h"

int main(void) {
    volatile char *p = malloc(40);
    CHECK(p != NULL);
    p[41] = 7;
    announce_told("overflow", (char *)p + 41, (struct told){.size = 40, .object = (char *)p});
    free(realloc((char *)p, 100));
    return 2;
}
