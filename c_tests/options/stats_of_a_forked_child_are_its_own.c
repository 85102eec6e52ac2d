/* expect: exit 0
 * needs:  quarry
 * why:    parent and child both end through exit, and each reports itself under its own number; a child that ends with _exit
 *         reports nothing */
#include "self.h"

static int child(void) {
    int status;
    void *held = malloc(1000);
    pid_t silent = fork();
    if (silent == 0)
        _exit(held == NULL);
    CHECK(waitpid(silent, &status, 0) == silent && status == 0);
    pid_t grandchild = fork();
    if (grandchild == 0)
        exit(0);
    CHECK(waitpid(grandchild, &status, 0) == grandchild && status == 0);
    char path[64], report[64];
    snprintf(path, sizeof path, "forked.%d", (int)grandchild);
    CHECK(is_text_report(text_of(path), grandchild) && unlink(path) == 0);
    snprintf(path, sizeof path, "forked.%d", (int)silent);
    snprintf(report, sizeof report, "forked.%d", (int)getpid());
    CHECK(access(path, F_OK) != 0 && access(report, F_OK) != 0);
    return 0;
}

int main(int argc, char **argv) {
    char path[64];
    (void)argv;
    if (argc > 1)
        return child();
    const struct outcome *outcome = run_self("stats:exit,output:forked.%p", "child");
    CHECK_AT(outcome->status == 0 && outcome->size == 0, outcome->size);
    snprintf(path, sizeof path, "forked.%d", (int)outcome->pid);
    CHECK(is_text_report(text_of(path), outcome->pid) && unlink(path) == 0);
    return 0;
}
