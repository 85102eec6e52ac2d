/* expect: abort "double free"
 * needs:  quarry
 * why:    a page is a slab's object: its second free shows when the magazine is drained */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(0);
    CHECK(p != NULL);
    announce("double free", p, PAGE);
    quarry_free_pages(p, 0);
    quarry_free_pages(opaque(p), 0);
    malloc_trim(0);
    return 2;
}
