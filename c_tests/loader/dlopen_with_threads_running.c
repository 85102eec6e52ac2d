/* expect: exit 0
 * run:    glibc
 * needs:  quarry
 * env:    QUARRY_SO=$QUARRY_SO
 * why:    threads that are older than the library have its thread word too: the loader initialises it in each of them */
#include "loaded.h"

enum { THREADS = 8 };

static struct late_quarry quarry;
static pthread_barrier_t loaded;

static void *body(void *argument) {
    free(malloc(100));
    pthread_barrier_wait(&loaded);
    pthread_barrier_wait(&loaded);
    late_quarry_works(quarry);
    return argument;
}

int main(void) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&loaded, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, NULL);
    pthread_barrier_wait(&loaded);
    quarry = late_quarry(dlopen(getenv("QUARRY_SO"), RTLD_NOW | RTLD_GLOBAL));
    pthread_barrier_wait(&loaded);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK(quarry.check() == 0);
    return 0;
}
