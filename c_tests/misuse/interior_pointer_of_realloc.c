/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    realloc frees what it was given once it has moved the contents */
#include "stop.h"

int main(void) {
    char *p = malloc(1024);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 512, malloc_usable_size(p), p);
    free(realloc(opaque(p + 512), 100000));
    malloc_trim(0);
    return 2;
}
