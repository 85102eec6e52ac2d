/* expect: abort "wrong order"
 * needs:  quarry
 * why:    two pages are freed as one: the first half of a run is not a run */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(1);
    CHECK(p != NULL);
    announce("wrong order", p, 2 * PAGE);
    quarry_free_pages(p, 0);
    return 2;
}
