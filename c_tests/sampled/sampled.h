/* Objects that were sampled: they are between guards, and their usable size is what was asked for. */
#ifndef SAMPLED_H
#define SAMPLED_H
#include "../misuse/stop.h"

/* Returns a sampled object of 100 bytes, at the right end of its page or at the left. Any other has 112. Allocates so many
 * before it frees them that magazines run dry. */
static CHECK_UNUSED char *sampled(int right) {
    static char *kept[1000];
    for (int turn = 0; turn < 1000; turn++) {
        for (int i = 0; i < 1000; i++) {
            CHECK((kept[i] = malloc(100)) != NULL);
            if (malloc_usable_size(kept[i]) == 100 && ((uintptr_t)kept[i] % 4096 != 0) == right)
                return kept[i];
        }
        for (int i = 0; i < 1000; i++)
            free(kept[i]);
    }
    check_failed(__FILE__, __LINE__, "nothing was sampled", 0);
}

#endif
