/* expect: exit 0
 * needs:  quarry
 * why:    what quarry_vmalloc returns may be given to free and realloc; an area of malloc's own is a region */
#include "levels.h"

int main(void) {
    for (size_t size = 1; size <= 3 * GIB; size = size * 3 + 1000) {
        char *p = quarry_vmalloc(size);
        CHECK_AT(p != NULL, size);
        free(p);
        size_t watched = size < 3000 ? size : 3000;
        CHECK_AT((p = quarry_vmalloc(size)) != NULL, size);
        fill(p, watched, 1);
        CHECK_AT((p = realloc(p, size * 2)) != NULL && holds(p, watched, 1), size);
        CHECK_AT((p = quarry_krealloc(p, size, 0)) != NULL && holds(p, watched, 1), size);
        free(p);
    }
    char *grown = quarry_vmalloc(100 << 10);
    CHECK(grown != NULL);
    fill(grown, 100 << 10, 2);
    CHECK((grown = realloc(grown, 60 << 10)) != NULL && (grown = quarry_vrealloc(grown, 64 << 10)) != NULL);
    CHECK(holds(grown, 60 << 10, 2) && is_zero(grown + (60 << 10), 4 << 10));
    quarry_vfree(grown);
    char *p = malloc(2 * GIB);
    CHECK(p != NULL);
    p[0] = 7;
    CHECK((p = quarry_vrealloc(p, 3 * GIB)) != NULL && p[0] == 7);
    quarry_vfree(p);
    CHECK(quarry_check() == 0);
    return 0;
}
