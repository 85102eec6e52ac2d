/* expect: exit 0
 * conf:   limit:260M
 * why:    an object that the limit lets grow where it is, or by its pages, grows, although free memory that was not given
 *         back yet fills the limit, and a second object beside it would be beyond it */
#include "growth.h"

enum { PIECES = 20 };

int main(void) {
    static const size_t sizes[][2] = {{70 * MIB, 130 * MIB}, {50 * MIB, 120 * MIB}};
    for (size_t i = 0; i < 2; i++) {
        char *freed[PIECES], *kept[PIECES];
        for (size_t k = 0; k < PIECES; k++) {
            CHECK_AT((freed[k] = malloc(5 * MIB)) != NULL && (kept[k] = malloc(4 * MIB + 100 * KIB)) != NULL, k);
            memset(freed[k], 1, 5 * MIB);
        }
        char *object = malloc(sizes[i][0]);
        CHECK_AT(object != NULL, i);
        memset(object, 2, sizes[i][0]);
        for (size_t k = 0; k < PIECES; k++)
            free(freed[k]);
        CHECK_AT((object = realloc(object, sizes[i][1])) != NULL, i);
        for (size_t at = 0; at < sizes[i][0]; at++)
            CHECK_AT(object[at] == 2, at);
        free(object);
        for (size_t k = 0; k < PIECES; k++)
            free(kept[k]);
    }
    return 0;
}
