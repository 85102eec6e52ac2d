/* expect: exit 0
 * needs:  quarry
 * why:    mallopt(3): 1 on success, 0 on error. Accepted is what holds anyway: no perturbation, no arenas to limit. The rest is
 *         refused, since to accept it and not to do it would be a lie */
#include "../check.h"

int main(void) {
    CHECK(mallopt(M_PERTURB, 0) == 1 && mallopt(M_PERTURB, 0xa5) == 0);
    CHECK(mallopt(M_ARENA_MAX, 0) == 1 && mallopt(M_ARENA_MAX, 1) == 1 && mallopt(M_ARENA_MAX, -1) == 0);
    CHECK(mallopt(M_ARENA_TEST, 0) == 1 && mallopt(M_ARENA_TEST, 8) == 1 && mallopt(M_ARENA_TEST, -1) == 0);
    CHECK(mallopt(M_MMAP_THRESHOLD, 1 << 20) == 0 && mallopt(M_MMAP_MAX, 0) == 0);
    CHECK(mallopt(M_TRIM_THRESHOLD, 1 << 20) == 0 && mallopt(M_TOP_PAD, 0) == 0);
    CHECK(mallopt(M_MXFAST, 64) == 0 && mallopt(M_CHECK_ACTION, 3) == 0);
    CHECK(mallopt(0, 0) == 0 && mallopt(12345, 1) == 0 && mallopt(INT_MIN, INT_MAX) == 0);
    char *p = malloc(100);
    CHECK(p != NULL);
    free(p);
    return 0;
}
