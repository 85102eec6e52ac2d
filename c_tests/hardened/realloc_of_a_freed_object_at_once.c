/* expect: abort "double free"
 * needs:  quarry
 * conf:   hardened:true
 * why:    realloc frees what it moves away from */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    announce("double free", p, 48);
    free(p);
    return realloc(opaque(p), 1000) == NULL ? 2 : 3;
}
