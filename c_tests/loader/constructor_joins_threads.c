/* expect: exit 0
 * prep:   $BUILD_LIBRARY -o libthreads.so $HERE/lib/threads_in_constructor.c -lpthread
 * why:    glibc's __cxa_thread_atexit_impl and dl_iterate_phdr take the loader's lock, which dlopen holds while constructors
 *         run: an allocator that calls them at a thread's first malloc or at its end hangs here */
#include "loaded.h"

int main(void) {
    alarm(30);
    void *handle = must_load(dlopen("./libthreads.so", RTLD_NOW));
    CHECK(dlclose(handle) == 0);
    must_load(dlopen("./libthreads.so", RTLD_NOW));
    return 0;
}
