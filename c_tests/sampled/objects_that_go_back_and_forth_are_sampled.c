/* expect: exit 0
 * needs:  quarry
 * conf:   sample:4K
 * why:    a magazine whose objects come back at once never runs dry by itself */
#include "sampled.h"

int main(void) {
    int sampled_objects = 0;
    static char *others[1000];
    for (long turn = 0; turn < 1000000 && sampled_objects < 4; turn++) {
        for (int i = 0; i < 1000; i++) {
            char *p = malloc(100);
            CHECK(p != NULL);
            sampled_objects += malloc_usable_size(p) == 100;
            free(p);
        }
        /* Something else comes by the slow path. */
        for (int i = 0; i < 1000; i++)
            CHECK((others[i] = malloc(500)) != NULL);
        for (int i = 0; i < 1000; i++)
            free(others[i]);
    }
    CHECK(sampled_objects == 4);
    return 0;
}
