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

/* The numbers of a line, after its words, are the free runs of order 0, 1, 2 and so on, in granules of 16 KiB. */
static size_t free_by_orders(void) {
    char line[1024];
    size_t sum = 0;
    FILE *file = fopen("buddyinfo", "w+");
    CHECK(file != NULL && setvbuf(file, NULL, _IONBF, 0) == 0 && quarry_buddyinfo(file) == 0);
    free_by_areas = 0;
    quarry_areas(add_area, NULL);
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *at = strrchr(line, 'x') != NULL ? strchr(strrchr(line, 'x'), ' ') : strpbrk(line, " \t");
        size_t order = 0;
        for (char *end; at != NULL && line[0] != '#'; at = end, order++) {
            size_t runs = strtoul(at, &end, 10);
            if (end == at)
                break;
            sum += runs * (16 * KIB << order);
        }
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
