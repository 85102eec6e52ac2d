/* expect: abort "not a region"
 * needs:  quarry
 * why:    quarry_vrealloc takes regions only */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = malloc(100);
    CHECK(p != NULL);
    announce("not a region", p, malloc_usable_size(p));
    return quarry_vrealloc(p, 100000) == NULL ? 2 : 3;
}
