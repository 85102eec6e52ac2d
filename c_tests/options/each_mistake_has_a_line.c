/* expect: exit 0
 * needs:  quarry
 * why:    one warning each, in the order in which they stand, and what is right among them holds */
#include "self.h"

int main(int argc, char **argv) {
    (void)argv;
    free(malloc(100)); /* a linked program that never allocates has no heap to configure */
    if (argc > 1)
        return 0;
    const struct outcome *outcome = run_self("first:1,stats:never,,stats:exit,alone, second : 2 ", "child");
    const char *keys[] = {"first", "stats", "alone", "second"}, *at = outcome->text;
    CHECK(outcome->status == 0);
    for (int i = 0; i < 4; i++) {
        char start[64];
        snprintf(start, sizeof start, "quarry: option '%s': ", keys[i]);
        CHECK_AT(strncmp(at, start, strlen(start)) == 0, i);
        const char *end = strchr(at, '\n');
        CHECK_AT(end != NULL && end - at > 9 && strncmp(end - 9, "; ignored", 9) == 0, i);
        at = end + 1;
    }
    CHECK(is_text_report(at, outcome->pid));
    return 0;
}
