/* expect: exit 0
 * run:    shared static
 * why:    what Quarry writes down of a heap of 64 MiB is below 1.5 % of it, whatever the size of the objects: their records lie out
 *         of line, and nothing of them is in or beside the objects */
#include "memory.h"
#include "../../include/quarry.h"

static size_t metadata;

static int add(const quarry_area *area, void *argument) {
    (void)argument;
    metadata += area->kind == QUARRY_AREA_METADATA ? area->in_use : 0;
    return 0;
}

static size_t metadata_bytes(void) {
    metadata = 0;
    quarry_areas(add, NULL);
    return metadata;
}

int main(void) {
    static const size_t sizes[] = {16, 48, 500, 4096, 30000, 100000, 5000000};
    char *first = malloc(1);
    CHECK(first != NULL);
    *(volatile char *)first = 1;
    free(first);
    size_t before = metadata_bytes();
    CHECK_AT(before > 0 && before < MIB, before);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct link *list = NULL;
        for (size_t taken = 0; taken < 64 * MIB; taken += sizes[i]) {
            struct link *link = malloc(sizes[i]);
            CHECK(link != NULL);
            link->next = list;
            list = link;
        }
        size_t more = metadata_bytes() - before;
        CHECK_AT(more * 1000 < 64 * MIB * 15, more);
        give(list);
    }
    return 0;
}
