/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated freed
 * why:    the second free itself is stopped, with the stacks of the allocation and of the first free */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    announce_told("double free", p, (struct told){.size = 40});
    free(p);
    free(opaque(p));
    return 2;
}
