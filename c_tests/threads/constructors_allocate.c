/* expect: exit 0
 * why:    constructors of the program run before main, those of priority 101 before nearly everything: the heap is ready for
 *         the first of them, and destructors after main may still free */
#include "../check.h"

static char *early, *normal, *late;

__attribute__((constructor(101))) static void first(void) {
    CHECK((early = malloc(100)) != NULL);
    fill(early, 100, 1);
}

__attribute__((constructor)) static void second(void) {
    CHECK(holds(early, 100, 1) && (normal = realloc(early, 100000)) != NULL);
    fill(normal, 100000, 2);
}

__attribute__((destructor)) static void last_but_one(void) {
    CHECK(holds(late, 3000000, 3));
    free(late);
}

__attribute__((destructor(101))) static void last(void) {
    for (size_t size = 1; size < 10 * MIB; size *= 3)
        free(malloc(size));
}

int main(void) {
    CHECK(holds(normal, 100000, 2) && (late = realloc(normal, 3000000)) != NULL && holds(late, 100000, 2));
    fill(late, 3000000, 3);
    return 0;
}
