/* expect: exit 0
 * needs:  quarry
 * why:    daemons close every file by number, and sandboxes all but the standard ones: a report with a path is written to it
 *         all the same, and one that goes to standard error is written there as long as that is open */
#include "self.h"
#include <sys/resource.h>

enum { FILES = 1024 };

static int child(const char *role) {
    free(malloc(100)); /* a linked program that never allocates has no heap to report */
    if (strcmp(role, "keeps the standard ones") == 0)
        return close_range(3, ~0U, 0);
    for (int fd = 0; fd < FILES; fd++)
        close(fd);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return child(argv[1]);
    const struct rlimit files = {FILES, FILES}; /* so that the loop of the child reaches all */
    CHECK(setrlimit(RLIMIT_NOFILE, &files) == 0);
    unlink("report.txt");
    const struct outcome *outcome = run_self("stats:exit,output:report.txt", "closes all");
    CHECK_AT(outcome->status == 0 && outcome->size == 0, outcome->status);
    CHECK(is_text_report(text_of("report.txt"), outcome->pid));
    outcome = run_self("stats:exit", "closes all");
    CHECK_AT(outcome->status == 0 && outcome->size == 0, outcome->status);
    outcome = run_self("stats:exit", "keeps the standard ones");
    CHECK_AT(outcome->status == 0, outcome->status);
    CHECK(is_text_report(outcome->text, outcome->pid));
    return 0;
}
