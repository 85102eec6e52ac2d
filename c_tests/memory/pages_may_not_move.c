/* expect: exit 0
 * why:    mremap or the advice that it is asked after fails: objects that grow are copied and keep what they hold */
#include "growth.h"
#include "../exhaustion/seccomp.h"

static void body(void) {
    char *buffers[3];
    grow_in_turn(buffers, 3, 80 * MIB);
    for (int i = 0; i < 3; i++)
        free(buffers[i]);
}

int main(void) {
    char *first = malloc(3 * MIB);
    CHECK(first != NULL);
    free(first);
    with_refused(SYS_mremap, body);
    with_refused(SYS_madvise, body);
    return 0;
}
