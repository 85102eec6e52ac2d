/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    the free runs of all orders together are what an arena has committed and not in use, while nothing else runs */
#include "cache.h"

static size_t free_by_areas;

static int add_area(const quarry_area *area, void *arg) {
    (void)arg;
    if (area->kind == QUARRY_AREA_ARENA)
        free_by_areas += area->committed - area->in_use;
    return 0;
}

/* "arena 0, free runs" and a number for each order: order 0 is 16 KiB. */
static size_t free_by_orders(void) {
    char line[1024];
    size_t sum = 0;
    FILE *file = fopen("buddyinfo", "w+");
    CHECK(file != NULL && setvbuf(file, NULL, _IONBF, 0) == 0 && quarry_buddyinfo(file) == 0);
    free_by_areas = 0;
    quarry_areas(add_area, NULL);
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        int arena, at = 0;
        CHECK_AT(sscanf(line, "arena %d, free runs%n", &arena, &at) == 1 && at > 0, arena);
        char *next = line + at;
        for (size_t order = 0; order <= 16; order++)
            sum += strtoul(next, &next, 10) * (16 * KIB << order);
        CHECK(strcmp(next, "\n") == 0);
    }
    fclose(file);
    return sum;
}

int main(void) {
    static void *objects[200];
    for (int round = 0; round < 5; round++) {
        for (size_t i = 0; i < 200; i++)
            CHECK((objects[i] = malloc(i * 3000 * (size_t)round + 1)) != NULL);
        for (size_t i = 0; i < 200; i += 2)
            free(objects[i]);
        size_t sum = free_by_orders();
        CHECK_AT(sum == free_by_areas && sum > 0, sum);
        for (size_t i = 1; i < 200; i += 2)
            free(objects[i]);
    }
    return 0;
}
