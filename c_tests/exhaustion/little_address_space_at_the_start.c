/* expect: exit 0
 * why:    a container may give a program 48 MiB of address space: the heap reserves what there is and works with it, threads
 *         with small stacks included */
#include "exhaust.h"

static void *body(void *argument) {
    for (int i = 0; i < 1000; i++) {
        char *p = malloc((size_t)i * 10 + 1);
        CHECK(p != NULL);
        p[0] = 1;
        free(p);
    }
    return argument;
}

int main(int argc, char **argv) {
    pthread_attr_t attributes;
    pthread_t thread;
    (void)argc;
    restart_under(RLIMIT_AS, 48 * MIB, argv);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 256 * KIB) == 0);
    for (int i = 0; i < 100; i++) {
        CHECK(pthread_create(&thread, &attributes, body, NULL) == 0);
        join(thread);
    }
    exhaust(1000, 4 * MIB);
    return 0;
}
