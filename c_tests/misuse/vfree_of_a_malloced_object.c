/* expect: abort "not a region"
 * needs:  quarry
 * why:    quarry_vfree takes regions only */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = malloc(5000);
    CHECK(p != NULL);
    announce("not a region", p, malloc_usable_size(p));
    quarry_vfree(p);
    return 2;
}
