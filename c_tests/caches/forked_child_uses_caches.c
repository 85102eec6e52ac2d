/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    POSIX fork: the child has the forking thread alone. It allocates, frees its parent's objects and destroys the cache,
 *         while the parent's other threads stand anywhere in it */
#include "cache.h"
#include <sys/wait.h>

enum { THREADS = 3, FORKS = 150, OBJECTS = 100 };

static quarry_cache *cache, *own;
static struct counts counts;
static int stop;

static void *body(void *unused) {
    void *objects[50];
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        for (int i = 0; i < 50; i++)
            objects[i] = take(cache);
        for (int i = 0; i < 50; i++)
            quarry_cache_free(cache, objects[i]);
    }
    return unused;
}

static void child(char **parents) {
    alarm(30); /* a deadlock ends as a signal */
    for (int i = 0; i < 1000; i++)
        quarry_cache_free(cache, take(cache));
    for (int i = 0; i < OBJECTS; i++) {
        CHECK_AT(is_constructed(parents[i]), i);
        quarry_cache_free(own, parents[i]);
    }
    CHECK(quarry_cache_destroy(own) == 0 && quarry_cache_destroy(counted("child", 100, &counts)) == 0);
    _exit(0);
}

int main(void) {
    static char *objects[OBJECTS];
    pthread_t threads[THREADS];
    cache = counted("busy", 100, &counts);
    own = counted("own", 100, &counts);
    for (int i = 0; i < OBJECTS; i++)
        objects[i] = take(own);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, NULL);
    for (int i = 0, status; i < FORKS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            child(objects);
        CHECK_AT(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0, status);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    for (int i = 0; i < OBJECTS; i++)
        quarry_cache_free(own, objects[i]);
    CHECK(quarry_cache_destroy(own) == 0 && quarry_cache_destroy(cache) == 0 && counts.constructed == counts.destructed);
    return 0;
}
