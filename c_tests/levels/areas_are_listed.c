/* expect: exit 0
 * needs:  quarry
 * why:    quarry_areas lists arenas, metadata and regions: disjoint intervals, more committed than in use, as much as /proc says
 *         of a page, and what the callback returns ends it */
#include "levels.h"

static struct { quarry_area areas[200]; int count; } all;

static int keep(const quarry_area *area, void *arg) {
    CHECK(arg == &all && all.count < 200);
    free(malloc(1000)); /* no lock is held */
    quarry_vfree(quarry_vmalloc(1));
    all.areas[all.count++] = *area;
    return 0;
}

static int stop(const quarry_area *area, void *arg) { return area->kind == QUARRY_AREA_METADATA ? *(int *)arg : 0; }

static const quarry_area *around(const void *p) {
    const quarry_area *found = NULL;
    for (int i = 0; i < all.count; i++)
        if ((uintptr_t)p - (uintptr_t)all.areas[i].start < all.areas[i].size)
            CHECK_AT(found == NULL, i), found = &all.areas[i];
    return found;
}

int main(void) {
    char *small = malloc(10), *run = malloc(10 * MIB), *region = quarry_vmalloc(3 * MIB), *area = malloc(2 * GIB), here;
    CHECK(quarry_areas(keep, &all) == 0);
    CHECK(around(small)->kind == QUARRY_AREA_ARENA && around(run) == around(small) && around(&here) == NULL);
    CHECK(around(region)->kind == QUARRY_AREA_REGION && around(region)->start == region);
    CHECK(around(region)->size == 3 * MIB && around(area)->in_use == 2 * GIB);
    CHECK(around(small)->in_use >= 10 * MIB && around(small)->in_use < 20 * MIB && around(small)->size >= 64 * MIB);
    int kinds[4] = {0}, seven = 7;
    for (int i = 0; i < all.count; i++) {
        const quarry_area *one = &all.areas[i];
        kinds[one->kind]++;
        CHECK_AT(one->in_use <= one->committed && one->committed <= one->size && one->committed > 0, i);
        CHECK_AT(around(one->start) == one && around((char *)one->start + one->size - 1) == one, i);
    }
    CHECK(kinds[QUARRY_AREA_ARENA] == 1 && kinds[QUARRY_AREA_METADATA] == 2 && kinds[QUARRY_AREA_REGION] >= 2);
    CHECK(quarry_areas(stop, &seven) == 7);
    free(run), free(area), free(small), quarry_vfree(region);
    return 0;
}
