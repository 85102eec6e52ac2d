/* expect: abort "double free"
 * needs:  quarry
 * conf:   hardened:true
 * why:    marks belong to the object and not to a thread */
#include "../misuse/stop.h"

static void *free_it(void *p) {
    announce("double free", p, 48);
    free(opaque(p));
    return NULL;
}

int main(void) {
    char *p = malloc(40);
    CHECK(p != NULL);
    free(p);
    join(start(free_it, p));
    return 2;
}
