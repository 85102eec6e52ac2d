/* expect: abort "wrong order"
 * needs:  quarry
 * why:    up to 16 KiB exact pages are known to the page */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages_exact(16 * KIB);
    CHECK(p != NULL);
    announce("wrong order", p, 16 * KIB);
    quarry_free_pages_exact(p, 16 * KIB - PAGE);
    return 2;
}
