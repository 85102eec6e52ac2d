/* expect: exit 0
 * run:    static
 * flags:  -static
 * needs:  quarry
 * why:    a program without a loader: if one name of the family were missing, libc's malloc.o would be pulled in and define
 *         the rest twice. Threads, fork and exit work here too */
#include "../check.h"
#include "../names.h"
#include <sys/wait.h>

static void *body(void *argument) {
    for (size_t size = 1; size < 3 * GIB; size = size * 2 + 1) {
        char *p = calloc(1, size);
        CHECK_AT(p != NULL, size);
        p[0] = p[size - 1] = 1;
        free(p);
        free(memalign(4096, size));
    }
    return argument;
}

int main(void) {
    int status;
    body(NULL);
    for (int i = 0; i < 10; i++)
        join(start(body, NULL));
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        join(start(body, NULL));
        exit(0);
    }
    CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    CHECK(quarry_check() == 0 && malloc_usable_size(opaque(NULL)) == 0);
    return 0;
}
