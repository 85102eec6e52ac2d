/* expect: exit 0
 * run:    glibc
 * needs:  quarry
 * env:    QUARRY_SO=$QUARRY_SO
 * why:    a library loaded with dlopen finds a program that runs on libc's malloc and keeps to it: its own pointers are its
 *         own, and its static TLS fits into what the loader keeps free for latecomers */
#include "loaded.h"

static struct late_quarry quarry;

static void *body(void *argument) {
    late_quarry_works(quarry);
    return argument;
}

int main(void) {
    char *before = malloc(1000);
    CHECK(before != NULL);
    fill(before, 1000, 5);
    quarry = late_quarry(dlopen(getenv("QUARRY_SO"), RTLD_NOW));
    late_quarry_works(quarry);
    for (int i = 0; i < 20; i++)
        join(start(body, NULL));
    CHECK(quarry.check() == 0);
    CHECK((before = realloc(before, 100000)) != NULL && holds(before, 1000, 5));
    free(before);
    return 0;
}
