/* expect: exit 0
 * flags:  -Wl,--as-needed
 * why:    POSIX setrlimit, RLIMIT_AS: a program that limits itself after it began must get out of 512 MiB what it gets with
 *         any malloc. What the heap reserved before counts against the limit, so it must be little: threads, mappings, children
 *         and libraries need their share */
#include "exhaust.h"
#include <dlfcn.h>
#include <stdio.h>
#include <sys/mman.h>

enum { PIECE = 100 << 10, COUNT = 1024 };

static void *body(void *argument) {
    char *p = malloc(100000);
    CHECK(p != NULL);
    fill(p, 100000, 7);
    CHECK(holds(p, 100000, 7));
    free(p);
    return argument;
}

int main(void) {
    static char *pieces[COUNT];
    char answer[8] = "";
    free(malloc(1000));
    char *kept = malloc(10000);
    CHECK(kept != NULL);
    limit(RLIMIT_AS, 512 * MIB);

    join(start(body, NULL));
    char *mapping = mmap(NULL, 16 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mapping != MAP_FAILED);
    FILE *child = popen("echo hi", "r");
    CHECK(child != NULL && fgets(answer, sizeof answer, child) != NULL && strcmp(answer, "hi\n") == 0);
    CHECK(pclose(child) == 0);
    CHECK(dlopen("libm.so.6", RTLD_NOW | RTLD_NOLOAD) == NULL); /* else the next line would map nothing */
    void *library = dlopen("libm.so.6", RTLD_NOW);
    CHECK(library != NULL && dlsym(library, "cos") != NULL && dlclose(library) == 0);
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((pieces[i] = malloc(PIECE)) != NULL, i);
        pieces[i][0] = pieces[i][PIECE - 1] = (char)i;
    }
    join(start(body, NULL));
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(pieces[i][0] == (char)i && pieces[i][PIECE - 1] == (char)i, i);
        free(pieces[i]);
    }
    free(kept);
    return 0;
}
