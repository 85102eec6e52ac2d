/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a size class is an object cache without a constructor: a thousand more objects of one show in its line */
#include "slabinfo.h"

int main(void) {
    static void *objects[1000];
    char name[32];
    struct row before, now;
    snprintf(name, sizeof name, "size-%zu", malloc_good_size(3000));
    free(malloc(3000));
    CHECK(rows_of(name, &before) == 1);
    for (int i = 0; i < 1000; i++)
        CHECK((objects[i] = malloc(3000)) != NULL);
    now = row_of(name);
    CHECK_AT(now.active == before.active + 1000 && now.size == malloc_good_size(3000), now.active);
    for (int i = 0; i < 1000; i++)
        free(objects[i]);
    now = row_of(name);
    CHECK_AT(now.active == before.active && now.all >= now.active + now.in_magazines + now.in_depot, now.active);
    return 0;
}
