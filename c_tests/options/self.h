/* Starts the test's own program anew under options, in a role that its first argument names, and keeps what it wrote to
 * standard error. */
#ifndef SELF_H
#define SELF_H
#include "../check.h"
#include <stdio.h>
#include <sys/wait.h>

struct outcome {
    int status;
    pid_t pid;
    size_t size;
    char text[1 << 18];
};

static CHECK_UNUSED const struct outcome *run_self(const char *conf, const char *role) {
    static struct outcome outcome;
    int ends[2];
    CHECK(pipe(ends) == 0 && (outcome.pid = fork()) >= 0);
    if (outcome.pid == 0) {
        dup2(ends[1], 2);
        close(ends[0]);
        close(ends[1]);
        setenv("QUARRY_CONF", conf, 1);
        execl("/proc/self/exe", "self", role, NULL);
        _exit(127);
    }
    close(ends[1]);
    outcome.size = 0;
    for (ssize_t got; (got = read(ends[0], outcome.text + outcome.size, sizeof outcome.text - 1 - outcome.size)) > 0;)
        outcome.size += (size_t)got;
    outcome.text[outcome.size] = '\0';
    close(ends[0]);
    CHECK(waitpid(outcome.pid, &outcome.status, 0) == outcome.pid);
    return &outcome;
}

static CHECK_UNUSED size_t lines_of(const char *text) {
    size_t lines = 0;
    while ((text = strchr(text, '\n')) != NULL) {
        lines++;
        text++;
    }
    return lines;
}

/* Reads the file at `path` into a static text; an empty one if there is no such file. */
static CHECK_UNUSED const char *text_of(const char *path) {
    static char text[1 << 18];
    int fd = open(path, O_RDONLY);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    CHECK(size >= 0);
    text[size] = '\0';
    if (fd >= 0)
        close(fd);
    return text;
}

/* Tells whether `text` is the text report of process `pid`, whole. */
static CHECK_UNUSED int is_text_report(const char *text, pid_t pid) {
    char first[64];
    snprintf(first, sizeof first, "quarry: memory of process %d\n", (int)pid);
    size_t size = strlen(text);
    return strncmp(text, first, strlen(first)) == 0 && lines_of(text) > 5 && text[size - 1] == '\n';
}

#endif
