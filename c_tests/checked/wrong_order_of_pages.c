/* expect: abort "wrong order"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated
 * why:    pages are known by their size */
#include "../levels/levels.h"
#include "../misuse/stop.h"

int main(void) {
    char *p = quarry_alloc_pages(1);
    CHECK(p != NULL);
    announce_told("wrong order", p, (struct told){.size = 2 * PAGE});
    quarry_free_pages(p, 0);
    return 2;
}
