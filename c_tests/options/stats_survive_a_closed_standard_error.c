/* expect: exit 0
 * needs:  quarry
 * why:    many programs close standard error on exit, or give its number to something else: the report goes where standard
 *         error was at load, and never into a file of the program's */
#include "self.h"

static int child(const char *role) {
    free(malloc(100)); /* a linked program that never allocates has no heap to report */
    if (strcmp(role, "closed") == 0)
        return close(2);
    if (strcmp(role, "all closed") == 0) {
        for (int fd = 0; fd < 64; fd++)
            close(fd);
        return 0;
    }
    int file = open("victim", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(file >= 0 && dup2(file, 2) == 2 && close(file) == 0);
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1)
        return child(argv[1]);
    const char *roles[] = {"closed", "all closed", "replaced"};
    for (int i = 0; i < 3; i++) {
        const struct outcome *outcome = run_self("stats:exit", roles[i]);
        CHECK_AT(outcome->status == 0, outcome->status);
        CHECK_AT(is_text_report(outcome->text, outcome->pid), i);
    }
    CHECK(text_of("victim")[0] == '\0');
    return 0;
}
