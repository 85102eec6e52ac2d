/* expect: abort "double free"
 * needs:  quarry
 * conf:   hardened:true
 * why:    large objects go back to the buddy system at once */
#include "../misuse/stop.h"

int main(void) {
    char *p = malloc(100 * KIB);
    CHECK(p != NULL);
    announce("double free", p, 0);
    free(p);
    free(opaque(p));
    return 2;
}
