/* expect: exit 0
 * run:    shared static
 * needs:  quarry root
 * why:    getauxval(3), AT_SECURE: a set-group-ID program must not write where its caller's environment says. (root is needed
 *         to make one: with a group that is not its own) */
#include "self.h"
#include <sys/auxv.h>
#include <sys/stat.h>

int main(int argc, char **argv) {
    static char buffer[1 << 16];
    (void)argv;
    if (argc > 1)
        return getauxval(AT_SECURE) != 0 ? 0 : 3;
    int from = open("/proc/self/exe", O_RDONLY), to = open("secure", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    CHECK(from >= 0 && to >= 0);
    for (ssize_t got; (got = read(from, buffer, sizeof buffer)) > 0;)
        write_all(to, buffer, (size_t)got);
    CHECK(fchown(to, (uid_t)-1, 65534) == 0 && fchmod(to, 02755) == 0 && close(to) == 0);
    int ends[2], status;
    CHECK(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        setenv("QUARRY_CONF", "stats:exit,colour:red,output:written", 1);
        execl("./secure", "secure", "child", NULL);
        _exit(127);
    }
    close(ends[1]);
    ssize_t got = read(ends[0], buffer, sizeof buffer);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_AT(status == 0, status);
    CHECK(got == 0 && access("written", F_OK) != 0);
    return 0;
}
