/* expect: abort "double free"
 * needs:  quarry
 * why:    a run class, in a thread that made much use of it and so keeps a magazine: the run was given back whole by the first free
 *         that is drained */
#include "stop.h"

int main(void) {
    for (int i = 0; i < 20000; i++)
        free(opaque(malloc(100 * KIB)));
    char *p = malloc(100 * KIB);
    CHECK(p != NULL);
    announce("double free", p, malloc_usable_size(p));
    free(p);
    free(opaque(p));
    malloc_trim(0);
    return 2;
}
