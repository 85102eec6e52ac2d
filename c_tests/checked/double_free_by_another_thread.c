/* expect: abort "double free"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated freed
 * why:    the line tells the thread that is stopped, the stacks tell the others */
#include "../misuse/stop.h"

static void *free_it(void *p) {
    announce_told("double free", p, (struct told){.size = 40});
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
