/* expect: exit 0
 * needs:  quarry
 * conf:   stats:off
 * why:    nothing is written that was not asked for, with the default spelt out too */
#include "self.h"

int main(int argc, char **argv) {
    free(malloc(1000));
    (void)argv;
    if (argc == 1) {
        const struct outcome *outcome = run_self("", "child");
        CHECK(outcome->status == 0 && outcome->size == 0);
    }
    return 0;
}
