/* idle_threads THREADS KIBIBYTES LOW HIGH: what threads keep that did something once and then sleep.
 *
 * THREADS threads are born and sleep; each, eight at a time, allocates KIBIBYTES KiB of objects of LOW to HIGH bytes, writes
 * every page, frees them all, and sleeps on. Marks: bare, all threads alive and nothing allocated by them; done, when the
 * last has freed; end, after 1.5 s in which only the main thread does a little; joined, when they are dead. Figures: what
 * is kept per thread over the bare one, at done and at end.
 * Path: magazines of threads that make no call, blocks and caches per thread. */
#include "memory.h"

#include <semaphore.h>

enum { AT_ONCE = 8, STACK_USED = 12 * 1024, STACK = 256 * 1024, WHILE_MS = 1500 };

static size_t threads, kibibytes, low, high;
static pthread_barrier_t born;
/* Threads that may work now, and that have. */
static sem_t turns, done;
/* Held by the main thread until the threads are to end. */
static pthread_mutex_t night = PTHREAD_MUTEX_INITIALIZER;

/* Writes the stack as far down as any call here will go, so that its pages are not taken for the allocator's. */
static __attribute__((noinline)) void use_stack(void)
{
    volatile unsigned char frame[STACK_USED];
    for (size_t at = 0; at < sizeof frame; at += PAGE / 2)
        frame[at] = 1;
}

static void await(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        if (errno != EINTR)
            stop("sem_wait failed");
}

static void *work_once(void *given)
{
    uint64_t random = (uintptr_t)given + 1;
    struct linked *list = NULL;

    use_stack();
    pthread_barrier_wait(&born);
    await(&turns);
    for (size_t sum = 0; sum < kibibytes * KIB;) {
        size_t size = draw_mixed(&random, low, high);
        link_object(&list, size);
        sum += size;
    }
    free_list(&list, low, high);
    sem_post(&turns);
    sem_post(&done);
    pthread_mutex_lock(&night);
    pthread_mutex_unlock(&night);
    return NULL;
}

int main(int argc, char **argv)
{
    threads = argument(argc, argv, 1, "THREADS");
    kibibytes = argument(argc, argv, 2, "KIBIBYTES");
    low = argument(argc, argv, 3, "LOW");
    high = argument(argc, argv, 4, "HIGH");
    if (low < sizeof(struct linked))
        stop("LOW is less than an object's head");
    pthread_barrier_init(&born, NULL, (unsigned)threads + 1);
    sem_init(&turns, 0, 0);
    sem_init(&done, 0, 0);
    pthread_mutex_lock(&night);
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);

    pthread_t *running = take(threads * sizeof *running);
    for (size_t at = 0; at < threads; at++)
        if (pthread_create(&running[at], &small, work_once, (void *)(uintptr_t)at) != 0)
            stop("pthread_create refused");
    pthread_barrier_wait(&born);
    /* The last ones are on their way to sleep yet. */
    rest(100);
    size_t bare = mark("bare");
    for (size_t at = 0; at < AT_ONCE; at++)
        sem_post(&turns);
    for (size_t at = 0; at < threads; at++)
        await(&done);
    size_t after = mark("done");
    light_activity(WHILE_MS);
    size_t end = mark("end");
    figure("kept-per-thread-at-done", ((double)after - (double)bare) / (double)threads, "KiB");
    figure("kept-per-thread", ((double)end - (double)bare) / (double)threads, "KiB");
    pthread_mutex_unlock(&night);
    for (size_t at = 0; at < threads; at++)
        join_thread(running[at]);
    free(running);
    mark("joined");
    return 0;
}
