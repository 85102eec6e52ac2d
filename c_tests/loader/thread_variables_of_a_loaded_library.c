/* expect: exit 0
 * prep:   $BUILD_LIBRARY -o libvariables.so $HERE/lib/thread_variables.c
 * why:    thread variables of loaded libraries are allocated by the loader inside __tls_get_addr and freed after the thread's
 *         destructors, when ours have run */
#include "loaded.h"

static int (*touch)(int value);
static void (*release)(void);

static void *body(void *argument) {
    for (int i = 1; i < 50; i++)
        CHECK(touch(i) == 2 * i);
    release();
    return argument;
}

int main(void) {
    void *handle = must_load(dlopen("./libvariables.so", RTLD_NOW));
    touch = (int (*)(int))must_load(dlsym(handle, "touch"));
    release = (void (*)(void))must_load(dlsym(handle, "release"));
    for (int i = 0; i < 1000; i++)
        join(start(body, NULL));
    body(NULL);
    CHECK_AT(resident_bytes() < 64 * MIB, resident_bytes()); /* 1,000 x 100 KB would be 100 MB */
    return 0;
}
