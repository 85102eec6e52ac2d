/* expect: abort "double free"
 * needs:  quarry
 * why:    a run of the buddy: its second free shows at once */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(6);
    CHECK(p != NULL);
    announce("double free", p, 0);
    quarry_free_pages(p, 6);
    quarry_free_pages(opaque(p), 6);
    return 2;
}
