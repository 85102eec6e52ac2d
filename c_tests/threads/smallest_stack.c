/* expect: exit 0
 * why:    POSIX PTHREAD_STACK_MIN: a thread may have no more stack than this; the deepest path of the heap has to fit beside
 *         what libc itself uses of it */
#include "../check.h"

static void *body(void *argument) {
    for (size_t size = 1; size < 3 * GIB; size = size * 2 + 1) {
        char *p = malloc(size);
        CHECK_AT(p != NULL, size);
        if (size < 64 * MIB || size > GIB) /* in between, copying would only take time */
            CHECK_AT((p = realloc(p, size + 5000)) != NULL, size);
        free(p);
        CHECK_AT((p = memalign(64 * KIB, size)) != NULL, size);
        free(p);
    }
    mallinfo2();
    malloc_trim(0);
    return argument;
}

int main(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(pthread_attr_setstacksize(&attributes, (size_t)sysconf(_SC_THREAD_STACK_MIN)) == 0);
    for (int i = 0; i < 3; i++) {
        CHECK(pthread_create(&thread, &attributes, body, NULL) == 0);
        join(thread);
    }
    return 0;
}
