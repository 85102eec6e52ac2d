/* expect: exit 0
 * run:    preload
 * needs:  quarry
 * prep:   cp $QUARRY_SO libsecond.so
 * why:    a copy loaded late into a program that runs on the first one: its names are hidden behind the first's, its own
 *         functions work, and hidden symbols of the two do not bind to each other */
#include "loaded.h"

int main(void) {
    struct late_quarry second = late_quarry(dlopen("./libsecond.so", RTLD_NOW | RTLD_LOCAL));
    late_quarry_works(second);
    char *p = malloc(100000);
    CHECK(p != NULL);
    fill(p, 100000, 1);
    late_quarry_works(second);
    CHECK(holds(p, 100000, 1));
    free(p);
    return 0;
}
