/* expect: abort "wrong order"
 * needs:  quarry
 * why:    80 KiB of exact pages are five granules; a byte more makes six */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages_exact(80 * KIB);
    CHECK(p != NULL);
    announce("wrong order", p, 0);
    quarry_free_pages_exact(p, 80 * KIB + 1);
    return 2;
}
