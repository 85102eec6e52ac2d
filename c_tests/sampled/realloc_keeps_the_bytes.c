/* expect: exit 0
 * needs:  quarry
 * conf:   sample:64K
 * why:    a sampled object moves to where there is room */
#include "sampled.h"

int main(void) {
    char *p = sampled(1);
    fill(p, 100, 1);
    p = realloc(p, 5000);
    CHECK(p != NULL && holds(p, 100, 1));
    free(p);
    p = sampled(0);
    fill(p, 100, 2);
    p = realloc(p, 10);
    CHECK(p != NULL && holds(p, 10, 2));
    free(p);
    return 0;
}
