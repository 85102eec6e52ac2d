/* Wraps libc's mutexes as lock profilers do, and allocates inside. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

int pthread_mutex_trylock(pthread_mutex_t *mutex) {
    static int (*real)(pthread_mutex_t *);
    if (real == NULL)
        real = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_trylock");
    void *p = malloc(24), *q = malloc(100000);
    int status = real(mutex);
    free(p);
    free(q);
    return status;
}
