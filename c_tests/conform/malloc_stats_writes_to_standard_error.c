/* expect: exit 0
 * why:    malloc_stats(3): prints statistics on standard error; whole lines, with figures in them */
#include "../check.h"

int main(void) {
    int ends[2], error = dup(2);
    char text[65536];
    void *p = malloc(12345);
    CHECK(pipe(ends) == 0 && dup2(ends[1], 2) == 2);
    fcntl(ends[1], F_SETPIPE_SZ, sizeof text);
    malloc_stats();
    CHECK(dup2(error, 2) == 2 && close(ends[1]) == 0);
    size_t size = 0;
    for (ssize_t got; size < sizeof text - 1 && (got = read(ends[0], text + size, sizeof text - 1 - size)) > 0;)
        size += (size_t)got;
    text[size] = '\0';
    CHECK(size > 0 && text[size - 1] == '\n');
    CHECK(strpbrk(text, "123456789") != NULL);
    free(p);
    return 0;
}
