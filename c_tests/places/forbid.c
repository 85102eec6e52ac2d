/* Runs a program in which some system calls fail, as container runtimes and sandboxes have it (seccomp).
 *
 *   forbid madvise=EPERM[,mremap=ENOSYS...] program argument... */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct { const char *name; unsigned value; } calls[] = {
    { "madvise", SYS_madvise }, { "mremap", SYS_mremap }, { "getrandom", SYS_getrandom }, { "prlimit64", SYS_prlimit64 },
}, errors[] = {
    { "EPERM", EPERM }, { "ENOSYS", ENOSYS }, { "EINVAL", EINVAL },
};

#define LOOK_UP(table, name) look_up(table, sizeof table / sizeof *table, name)
static unsigned look_up(const void *table, size_t count, const char *name) {
    const __typeof__(calls[0]) *row = table;
    for (size_t i = 0; i < count; i++)
        if (strcmp(row[i].name, name) == 0) return row[i].value;
    fprintf(stderr, "forbid: %s is not in its tables\n", name);
    exit(2);
}

int main(int count, char **arguments) {
    struct sock_filter filter[32] = { BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
    unsigned short length = 1;
    if (count < 3) return 2;
    for (char *rule = strtok(arguments[1], ","); rule && length < 28; rule = strtok(NULL, ",")) {
        char *error = strchr(rule, '=');
        if (!error) return 2;
        *error++ = 0;
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LOOK_UP(calls, rule), 0, 1);
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | LOOK_UP(errors, error));
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { length, filter };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        puts("the kernel does not allow a seccomp filter");
        return 77;
    }
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 2;
}
