/* free_all MEBIBYTES THREADS LOW HIGH MODE: a burst on many threads, all of it freed, and what stays.
 *
 * THREADS threads together allocate MEBIBYTES MiB of LOW to HIGH bytes (each doubling of size holds as many bytes), write
 * every page and free it all; then they sleep and make no call. MODE 1: the main thread goes on with a little work for
 * 1.5 s. MODE 2: nobody makes a call for 1.5 s. After that malloc_trim(0).
 * Marks: start; full; freed, at once; end, after the 1.5 s; trimmed. Figures: kept and kept-after-trim, over the start.
 * Path: decay, reaping, magazines of threads that sleep; with MODE 2, whoever works while the program does not. */
#include "memory.h"

#include <malloc.h>

enum { LIGHT = 1, IDLE = 2, WHILE_MS = 1500 };

static size_t mebibytes, threads, low, high;
/* The threads and the main one, between the phases. */
static pthread_barrier_t phase;

static void *burst(void *given)
{
    size_t index = (uintptr_t)given, limit = share(mebibytes, threads, index) * MIB;
    uint64_t random = index + 1;
    struct linked *list = NULL;

    for (size_t sum = 0; sum < limit;) {
        size_t size = draw_mixed(&random, low, high);
        link_object(&list, size);
        sum += size;
    }
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    free_list(&list, low, high);
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    return NULL;
}

int main(int argc, char **argv)
{
    mebibytes = argument(argc, argv, 1, "MEBIBYTES");
    threads = argument(argc, argv, 2, "THREADS");
    low = argument(argc, argv, 3, "LOW");
    high = argument(argc, argv, 4, "HIGH");
    size_t mode = argument(argc, argv, 5, "MODE");
    if (low < sizeof(struct linked))
        stop("LOW is less than an object's head");
    if (mode != LIGHT && mode != IDLE)
        stop("MODE is 1 or 2");
    pthread_barrier_init(&phase, NULL, (unsigned)threads + 1);
    pthread_t *running = take(threads * sizeof *running);

    size_t start = mark("start");
    for (size_t at = 0; at < threads; at++)
        running[at] = start_thread(burst, (void *)(uintptr_t)at);
    pthread_barrier_wait(&phase);
    mark("full");
    pthread_barrier_wait(&phase);
    pthread_barrier_wait(&phase);
    mark("freed");
    if (mode == LIGHT)
        light_activity(WHILE_MS);
    else
        rest(WHILE_MS);
    size_t end = mark("end");
    malloc_trim(0);
    size_t trimmed = mark("trimmed");
    growth("kept", start, end);
    growth("kept-after-trim", start, trimmed);
    pthread_barrier_wait(&phase);
    for (size_t at = 0; at < threads; at++)
        join_thread(running[at]);
    free(running);
    return 0;
}
