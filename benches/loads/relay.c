/* relay WORK THREADS PARTS: requests that pass through a line of threads, as in a server made of stages.
 *
 * The first of THREADS stages makes requests of PARTS parts, 16 to 512 bytes each, in bundles of 32; every stage frees
 * half of the parts of each request, which another stage made, puts new ones in their place, and passes the bundle on
 * by a bounded queue; the last frees it. With one thread there is one stage, and with more the fewer requests.
 * Unit: seconds for WORK requests by one stage, or for WORK x 3 / (THREADS + 2) by more: as many parts.
 * Path: half of all objects are freed one stage from home, beside allocations of the same sizes there: magazines are
 * filled by what comes and emptied by what goes, and need the depot only where the two differ. */
#include "load.h"

enum { BUNDLE = 32, QUEUE_LIMIT = 16, LOW = 16, HIGH = 512 };

struct bundle {
    struct bundle *next;
    void **requests[BUNDLE];
};

/* The way into a stage. The lock guards all of it. */
struct queue {
    _Alignas(64) pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    struct bundle *first, *last;
    size_t length;
};

static size_t work, threads, parts;
static struct queue *queues;

static void put(struct queue *queue, struct bundle *bundle)
{
    bundle->next = NULL;
    pthread_mutex_lock(&queue->lock);
    while (queue->length == QUEUE_LIMIT)
        pthread_cond_wait(&queue->not_full, &queue->lock);
    if (queue->first == NULL)
        queue->first = bundle;
    else
        queue->last->next = bundle;
    queue->last = bundle;
    queue->length++;
    pthread_cond_signal(&queue->not_empty);
    pthread_mutex_unlock(&queue->lock);
}

static struct bundle *get(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL)
        pthread_cond_wait(&queue->not_empty, &queue->lock);
    struct bundle *bundle = queue->first;
    queue->first = bundle->next;
    queue->length--;
    pthread_cond_signal(&queue->not_full);
    pthread_mutex_unlock(&queue->lock);
    return bundle;
}

static void *make_part(uint64_t *random)
{
    size_t size = draw_size(random, LOW, HIGH);
    void *part = take(size);
    stamp(part, size);
    return part;
}

static void drop(void *part)
{
    check(part);
    free(part);
}

static struct bundle *make_bundle(uint64_t *random)
{
    struct bundle *bundle = take(sizeof *bundle);
    for (size_t at = 0; at < BUNDLE; at++) {
        bundle->requests[at] = take(parts * sizeof(void *));
        for (size_t part = 0; part < parts; part++)
            bundle->requests[at][part] = make_part(random);
    }
    return bundle;
}

static void work_on(struct bundle *bundle, size_t stage, uint64_t *random)
{
    for (size_t at = 0; at < BUNDLE; at++)
        for (size_t part = stage % 2; part < parts; part += 2) {
            drop(bundle->requests[at][part]);
            bundle->requests[at][part] = make_part(random);
        }
}

static void free_bundle(struct bundle *bundle)
{
    for (size_t at = 0; at < BUNDLE; at++) {
        for (size_t part = 0; part < parts; part++)
            drop(bundle->requests[at][part]);
        free(bundle->requests[at]);
    }
    free(bundle);
}

static void *serve(void *given)
{
    size_t stage = (uintptr_t)given;
    uint64_t random = stage + 1;

    for (size_t left = work / BUNDLE; left > 0; left--) {
        struct bundle *bundle = stage == 0 ? make_bundle(&random) : get(&queues[stage]);
        work_on(bundle, stage, &random);
        if (stage + 1 < threads)
            put(&queues[stage + 1], bundle);
        else
            free_bundle(bundle);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    parts = argument(argc, argv, 3, "PARTS");
    queues = aligned_alloc(_Alignof(struct queue), threads * sizeof *queues);
    if (queues == NULL)
        stop("aligned_alloc refused");
    for (size_t at = 0; at < threads; at++)
        queues[at] = (struct queue){.lock = PTHREAD_MUTEX_INITIALIZER, .not_empty = PTHREAD_COND_INITIALIZER,
                                    .not_full = PTHREAD_COND_INITIALIZER};
    /* More stages have more to do for each request: as many parts in all. */
    work = work * 3 / (threads + 2);
    run_threads(threads, serve);
    free(queues);
    return 0;
}
