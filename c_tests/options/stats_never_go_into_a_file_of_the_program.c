/* expect: exit 0
 * needs:  quarry
 * why:    a program that closed what it did not open may give any number to its own file, the number of the library's copy of
 *         standard error included: no line of the report may end up there. Standard error itself may take it while it is open */
#include "self.h"

enum { NUMBERS = 1000 };

static int child(const char *role) {
    free(malloc(100)); /* a linked program that never allocates has no heap to report */
    int first = atoi(role), last = first == 0 ? NUMBERS : first;
    CHECK(close_range(3, ~0U, 0) == 0);
    int file = open("victim", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file == 3);
    for (int fd = first == 0 ? 4 : first; fd <= last; fd++)
        CHECK_AT(dup2(file, fd) == fd, fd);
    if (strcmp(role, "every number and standard error") == 0)
        CHECK(dup2(file, 2) == 2);
    write_all(file, "mine\n", 5);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return child(argv[1]);
    const char *roles[] = {"900", "100", "10", "every number", "every number and standard error"};
    for (int i = 0; i < 5; i++) {
        const struct outcome *outcome = run_self("stats:exit", roles[i]);
        CHECK_AT(outcome->status == 0, outcome->status);
        CHECK_AT(outcome->size == 0 || is_text_report(outcome->text, outcome->pid), i);
        CHECK_AT(strcmp(text_of("victim"), "mine\n") == 0, i);
    }
    return 0;
}
