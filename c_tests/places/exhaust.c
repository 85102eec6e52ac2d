/* Takes objects of one size after the other until malloc refuses, which it must do with ENOMEM, and gives them back:
 * so the memory of one size has to become memory of the next.
 *
 *   exhaust <megabytes>    how much the address space limit allows; at least half of it must have become objects */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int main(int count, char **arguments) {
    static const size_t sizes[] = { 48, 4000, 100000, 3000000, 48, 30000000, 4000 };
    size_t limit = count > 1 ? strtoul(arguments[1], NULL, 10) << 20 : 0;
    int failed = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void **last = NULL, **object;
        size_t got = 0;
        errno = 0;
        while ((object = malloc(sizes[i]))) {
            *object = last;
            last = object;
            got += sizes[i];
        }
        int code = errno;
        while ((object = last)) {
            last = *object;
            free(object);
        }
        printf("%zu: %s\n", sizes[i], code == ENOMEM ? "ENOMEM" : "another errno");
        if (got < limit / 2) {
            printf("%zu: only %zu of %zu MB\n", sizes[i], got >> 20, limit >> 20);
            failed = 1;
        }
    }
    return failed;
}
