/* expect: abort "interior pointer"
 * needs:  quarry
 * why:    an address inside a page is freed as that page */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_alloc_pages(0);
    CHECK(p != NULL);
    announce_inside("interior pointer", p + 16, PAGE, p);
    quarry_free_pages(opaque(p + 16), 0);
    return 2;
}
