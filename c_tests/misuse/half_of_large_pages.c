/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    the second half of a run of 64 pages is freed as 32 */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(6);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 32 * PAGE, 0, p);
    quarry_free_pages(opaque(p + 32 * PAGE), 5);
    return 2;
}
