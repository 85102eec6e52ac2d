/* handoff WORK PRODUCERS CONSUMERS LOW HIGH: one side only allocates, the other only frees.
 *
 * Producers fill batches of 120 objects of LOW to HIGH bytes, and pass them through one bounded queue; consumers
 * free all of it, the batch too. After xmalloc-test (Lever & Boreham, "malloc() performance in a multithreaded Linux
 * environment", USENIX 2000), with a fixed number of batches in place of a fixed time.
 * Unit: seconds for WORK batches of 120 objects in all.
 * Path: frees by another thread than the allocating one, and nothing else: full magazines travel through the depot
 * from consumers to producers. An allocator that locks for each object stands still here. */
#include "load.h"

enum { BATCH = 120, QUEUE_LIMIT = 64 };

struct batch {
    struct batch *next;
    void *objects[BATCH];
};

/* Guards everything below it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static struct batch *first, *last;
static size_t queued;
static size_t to_make;  /* batches that no producer has begun */
static size_t to_free;  /* batches that no consumer has taken */

static size_t low, high;

static void put(struct batch *batch)
{
    batch->next = NULL;
    pthread_mutex_lock(&lock);
    while (queued == QUEUE_LIMIT)
        pthread_cond_wait(&not_full, &lock);
    if (first == NULL)
        first = batch;
    else
        last->next = batch;
    last = batch;
    queued++;
    pthread_cond_signal(&not_empty);
    pthread_mutex_unlock(&lock);
}

/* Returns the oldest batch, or NULL when all of them have been taken. */
static struct batch *get(void)
{
    struct batch *batch = NULL;

    pthread_mutex_lock(&lock);
    if (to_free > 0) {
        to_free--;
        while (first == NULL)
            pthread_cond_wait(&not_empty, &lock);
        batch = first;
        first = batch->next;
        queued--;
        pthread_cond_signal(&not_full);
    }
    pthread_mutex_unlock(&lock);
    return batch;
}

static int may_make(void)
{
    pthread_mutex_lock(&lock);
    int may = to_make > 0;
    to_make -= (size_t)may;
    pthread_mutex_unlock(&lock);
    return may;
}

static void *produce(void *given)
{
    uint64_t random = (uintptr_t)given;

    while (may_make()) {
        struct batch *batch = take(sizeof *batch);
        for (size_t at = 0; at < BATCH; at++) {
            size_t size = draw_size(&random, low, high);
            batch->objects[at] = take(size);
            stamp(batch->objects[at], size);
        }
        put(batch);
    }
    return NULL;
}

static void *consume(void *given)
{
    struct batch *batch;

    while ((batch = get()) != NULL) {
        check(batch->objects[0]);
        check(batch->objects[BATCH - 1]);
        for (size_t at = 0; at < BATCH; at++)
            free(batch->objects[at]);
        free(batch);
    }
    return given;
}

int main(int argc, char **argv)
{
    to_make = to_free = argument(argc, argv, 1, "WORK");
    size_t producers = argument(argc, argv, 2, "PRODUCERS");
    size_t consumers = argument(argc, argv, 3, "CONSUMERS");
    low = argument(argc, argv, 4, "LOW");
    high = argument(argc, argv, 5, "HIGH");

    pthread_t *threads = take((producers + consumers) * sizeof *threads);
    for (size_t at = 0; at < producers; at++)
        threads[at] = start_thread(produce, (void *)(uintptr_t)(at + 1));
    for (size_t at = 0; at < consumers; at++)
        threads[producers + at] = start_thread(consume, NULL);
    for (size_t at = 0; at < producers + consumers; at++)
        join_thread(threads[at]);
    free(threads);
    return 0;
}
