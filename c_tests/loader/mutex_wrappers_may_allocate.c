/* expect: exit 0
 * run:    preload
 * prep:   $BUILD_LIBRARY -o libwrapper.so $HERE/lib/mutex_wrapper.c -ldl
 * env:    LD_PRELOAD=$QUARRY_SO:./libwrapper.so
 * why:    a library that wraps the functions on which an allocator stands may allocate in them: that must neither recurse
 *         without end nor wait for itself */
#include "../check.h"
#include <malloc.h>

static void *body(void *argument) {
    for (size_t size = 1; size < 100000; size = size * 2 + 1)
        free(malloc(size));
    return argument;
}

int main(void) {
    alarm(30);
    for (int i = 0; i < 200; i++)
        join(start(body, NULL));
    malloc_trim(0);
    return 0;
}
