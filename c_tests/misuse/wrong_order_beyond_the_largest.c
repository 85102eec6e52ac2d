/* expect: abort "wrong order"
 * needs:  quarry
 * why:    no run has order 64, which a shift would take for order 0 */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(0);
    CHECK(p != NULL);
    announce("wrong order", p, PAGE);
    quarry_free_pages(p, 64);
    return 2;
}
