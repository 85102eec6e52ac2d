/* expect: abort "wrong order"
 * needs:  quarry
 * why:    a run of 64 pages is freed as 32 */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(6);
    CHECK(p != NULL);
    announce("wrong order", p, 0);
    quarry_free_pages(p, 5);
    return 2;
}
