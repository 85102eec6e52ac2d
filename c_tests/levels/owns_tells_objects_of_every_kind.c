/* expect: exit 0
 * needs:  quarry
 * why:    quarry_owns says area, object, size and class of every address inside an object, wherever in it */
#include "levels.h"

static void check_object(const char *p, size_t offset, size_t size, const char *cache, int kind) {
    quarry_place place;
    CHECK_AT(quarry_owns(p + offset, &place) == 1, offset);
    CHECK_AT(place.object == p && place.size == size && place.state == QUARRY_PLACE_IN_USE, offset);
    CHECK_AT(place.kind == kind && strcmp(place.cache, cache) == 0 && place.area != NULL, offset);
    CHECK_AT((uintptr_t)place.area <= (uintptr_t)p && quarry_owns(p + offset, NULL) == 1, offset);
}

int main(void) {
    const struct { size_t size; const char *cache; } kinds[] = {{1, "size-16"}, {100, "size-112"}, {4096, "size-4096"},
        {30000, "size-30720"}, {100 * KIB, "size-114688"}, {4 * MIB, "size-4194304"}, {9 * MIB, ""}};
    for (int i = 0; i < 7; i++) {
        char *p = malloc(kinds[i].size);
        size_t size = malloc_usable_size(p);
        const size_t offsets[] = {0, 1, kinds[i].size / 2, kinds[i].size - 1, size - 1};
        for (int k = 0; k < 5; k++)
            check_object(p, offsets[k], size, kinds[i].cache, QUARRY_AREA_ARENA);
        free(p);
    }
    for (unsigned order = 0; order <= QUARRY_MAX_ORDER; order++) {
        char *p = quarry_alloc_pages(order);
        size_t size = PAGE << order;
        const char *cache = order == 0 ? "size-4096" : order == 1 ? "size-8192" : order == 2 ? "size-16384" : "";
        for (size_t offset = 0; offset < size; offset += size / 2 + size / 3)
            check_object(p, offset, size, cache, QUARRY_AREA_ARENA);
        quarry_free_pages(p, order);
    }
    char *region = quarry_vmalloc(5 * PAGE);
    check_object(region, 5 * PAGE - 1, 5 * PAGE, "", QUARRY_AREA_REGION);
    CHECK(quarry_owns(region + 5 * PAGE, NULL) == 0 || quarry_owns(region - 1, NULL) == 0);
    quarry_vfree(region);
    return 0;
}
