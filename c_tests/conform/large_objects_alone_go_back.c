/* expect: exit 0
 * needs:  quarry
 * why:    freed memory goes back over a second also in a program that only ever asks for objects beyond the classes: no
 *         magazine runs empty there, which is where other programs come to look at the clock */
#include "../check.h"
#include <time.h>

int main(void) {
    static char *objects[50];
    for (int i = 0; i < 50; i++) {
        CHECK((objects[i] = malloc(8 * MIB)) != NULL);
        memset(objects[i], 1, 8 * MIB);
    }
    CHECK(resident_bytes() > 400 * MIB);
    for (int i = 0; i < 50; i++)
        free(objects[i]);
    /* A second of the curve leaves a third, ten seconds nothing to speak of. */
    for (int step = 0; step < 1000 && resident_bytes() > 100 * MIB; step++) {
        nanosleep(&(struct timespec){0, 10000000}, NULL);
        free(opaque(malloc(8 * MIB)));
    }
    CHECK_AT(resident_bytes() <= 100 * MIB, resident_bytes());
    return 0;
}
