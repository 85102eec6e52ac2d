/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a size class is an object cache without a constructor: a thousand more objects of one class show in its line alone */
#include "slabinfo.h"

/* The sum of active objects over all lines of objects of `size` bytes. */
static size_t active_of(size_t size) {
    char line[512];
    size_t sum = 0, active, all, each;
    FILE *file = fopen("slabinfo", "w+");
    CHECK(file != NULL && quarry_slabinfo(file) == 0);
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (line[0] != '#' && sscanf(line, "%*s %zu %zu %zu", &active, &all, &each) == 3 && each == size)
            sum += active;
    fclose(file);
    return sum;
}

int main(void) {
    static void *objects[1000];
    size_t size = malloc_good_size(3000), before = active_of(size);
    for (int i = 0; i < 1000; i++)
        CHECK((objects[i] = malloc(3000)) != NULL);
    CHECK_AT(active_of(size) == before + 1000, active_of(size));
    for (int i = 0; i < 1000; i++)
        free(objects[i]);
    CHECK_AT(active_of(size) == before, active_of(size));
    return 0;
}
