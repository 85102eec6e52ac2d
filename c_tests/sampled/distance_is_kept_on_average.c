/* expect: exit 0
 * needs:  quarry
 * conf:   sample:64K
 * why:    one object in about 585, of 112 bytes, is sampled */
#include "sampled.h"

int main(void) {
    int sampled_objects = 0;
    static char *kept[1000];
    for (int turn = 0; turn < 200; turn++) {
        for (int i = 0; i < 1000; i++) {
            CHECK((kept[i] = malloc(100)) != NULL);
            sampled_objects += malloc_usable_size(kept[i]) == 100;
        }
        for (int i = 0; i < 1000; i++)
            free(kept[i]);
    }
    /* 305 are expected; up to two magazines in a thousand objects come back before they are counted. */
    CHECK_AT(sampled_objects > 150 && sampled_objects < 460, sampled_objects);
    return 0;
}
