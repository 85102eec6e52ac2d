/* expect: exit 0
 * needs:  quarry
 * why:    a report that cannot be written is no reason to fail: no such folder, a folder, a full device, a path without end */
#include "self.h"

int main(int argc, char **argv) {
    static char endless[100000];
    (void)argv;
    if (argc > 1) {
        free(malloc(100));
        return 0;
    }
    memset(endless, 'x', sizeof endless - 1);
    memcpy(endless, "stats:exit,output:", 18);
    const char *confs[] = {"stats:exit,output:no/such/folder/file", "stats:exit,output:/", "stats:json,output:/dev/full",
                           "stats:exit,output:", endless};
    for (int i = 0; i < 5; i++) {
        const struct outcome *outcome = run_self(confs[i], "child");
        CHECK_AT(outcome->status == 0, i);
        CHECK_AT(outcome->size < 10000, i);
    }
    return 0;
}
