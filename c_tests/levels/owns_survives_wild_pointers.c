/* expect: exit 0
 * needs:  quarry
 * why:    quarry_owns reads nothing through the pointer: any address may be asked, and what is not the library's is 0 */
#include "levels.h"

static int count;

static int ask_around(const quarry_area *area, void *arg) {
    (void)arg;
    uint64_t random = (uintptr_t)area->start | 1;
    for (int i = 0; i < 3000; i++) {
        quarry_place place = {0, 0, NULL, NULL, 0, NULL};
        size_t offset = next_random(&random) % (i % 2 ? area->size : area->committed);
        CHECK_AT(quarry_owns((char *)area->start + offset, &place) == 1, offset);
        CHECK_AT(place.kind == area->kind && place.area == area->start, offset);
        CHECK_AT(place.state >= QUARRY_PLACE_IN_USE && place.state <= QUARRY_PLACE_RESERVED, offset);
        CHECK_AT(place.cache != NULL && (place.object == NULL) == (place.size == 0), offset);
        CHECK_AT(area->kind != QUARRY_AREA_METADATA || place.object == NULL, offset);
        count++;
    }
    return 0;
}

int main(void) {
    static char ours;
    char here;
    CHECK(quarry_owns(NULL, NULL) == 0 && quarry_owns(&ours, NULL) == 0 && quarry_owns(&here, NULL) == 0);
    CHECK(quarry_owns((void *)-1, NULL) == 0 && quarry_owns((void *)((uintptr_t)1 << 63), NULL) == 0);
    CHECK(quarry_owns((void *)(uintptr_t)main, NULL) == 0);
    void *some[200];
    for (int i = 0; i < 200; i++)
        some[i] = malloc((size_t)i * i * i);
    void *region = quarry_vmalloc(100 * PAGE);
    for (int i = 0; i < 200; i += 2)
        free(some[i]);
    CHECK(quarry_areas(ask_around, NULL) == 0 && count >= 4 * 3000);
    uint64_t random = 23;
    for (int i = 0; i < 100000; i++)
        (void)quarry_owns((void *)(next_random(&random) >> next_random(&random) % 40), NULL);
    quarry_vfree(region);
    return 0;
}
