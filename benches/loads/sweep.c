/* sweep WORK THREADS FREER: batches of rising sizes, freed in order, reversed and shuffled, by their thread or another.
 *
 * Each thread allocates batches: of each size from 8 to 1000 bytes in steps of 8 as many objects as make 2000 bytes, at
 * least two, 1074 in all. It keeps its last four batches, and frees the oldest when there are five: one in the order of
 * allocation, the next reversed, the next shuffled. FREER 1 frees its own; FREER 2 lays the batch in one of 16 places
 * common to all threads and frees what it finds there, most of it allocated by another thread. The description of
 * MicroQuill's SmartHeap benchmarks sh6bench and sh8bench, which ships with them, asks for about this mixture.
 * Unit: seconds for WORK pairs of malloc and free in all.
 * Path: rows of one class through magazines and depot; with FREER 2 all objects change threads, in whole magazines. */
#include "load.h"

#include <stdatomic.h>

enum { LOW = 8, HIGH = 1000, STEP = 8, EACH = 2000, KEPT = 4, PLACES = 16 };
enum freer { SELF = 1, OTHER };
enum order { IN_ORDER, REVERSE, SHUFFLED, ORDERS };

static size_t work, threads, count;
static enum freer freer;
static uint32_t *shuffled;
/* Written by exchange only; a batch in a place belongs to no thread. */
static _Atomic(void **) places[PLACES];

static size_t number_of(size_t size)
{
    return EACH / size > 2 ? EACH / size : 2;
}

static void **make_batch(void)
{
    void **batch = take(count * sizeof *batch);
    size_t at = 0;
    for (size_t size = LOW; size <= HIGH; size += STEP)
        for (size_t left = number_of(size); left > 0; left--, at++) {
            batch[at] = take(size);
            stamp(batch[at], size);
        }
    return batch;
}

static void free_batch(void **batch, enum order order)
{
    if (batch == NULL)
        return;
    for (size_t at = 0; at < count; at += 16)
        check(batch[at]);
    switch (order) {
    case IN_ORDER:
        for (size_t at = 0; at < count; at++)
            free(batch[at]);
        break;
    case REVERSE:
        for (size_t at = count; at-- > 0;)
            free(batch[at]);
        break;
    default:
        for (size_t at = 0; at < count; at++)
            free(batch[shuffled[at]]);
    }
    free(batch);
}

static void *sweep(void *given)
{
    size_t index = (uintptr_t)given, batches = share(work / count, threads, index);
    void **kept[KEPT] = {NULL};

    for (size_t at = 0; at < batches; at++) {
        void **oldest = kept[at % KEPT];
        /* A step coprime to the number of places: each thread comes by all of them, in an order of its own. */
        if (freer == OTHER && oldest != NULL)
            oldest = atomic_exchange(&places[(at * (2 * index + 1) + index) % PLACES], oldest);
        free_batch(oldest, (enum order)(at % ORDERS));
        kept[at % KEPT] = make_batch();
    }
    for (size_t at = 0; at < KEPT; at++)
        free_batch(kept[at], REVERSE);
    return NULL;
}

int main(int argc, char **argv)
{
    uint64_t random = 1;

    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    freer = (enum freer)argument(argc, argv, 3, "FREER");
    if (freer > OTHER)
        stop("FREER is 1 or 2");

    for (size_t size = LOW; size <= HIGH; size += STEP)
        count += number_of(size);
    shuffled = take(count * sizeof *shuffled);
    for (size_t at = 0; at < count; at++) {
        size_t other = draw_below(&random, at + 1);
        shuffled[at] = shuffled[other];
        shuffled[other] = (uint32_t)at;
    }
    run_threads(threads, sweep);
    for (size_t at = 0; at < PLACES; at++)
        free_batch(atomic_load(&places[at]), IN_ORDER);
    free(shuffled);
    return 0;
}
