/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated freed
 * why:    realloc of a pointer from before is told at once */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    announce_told("double free", p, (struct told){.size = 40});
    free(p);
    return realloc(opaque(p), 100) == NULL ? 2 : 3;
}
