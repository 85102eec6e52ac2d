/* migrate WORK THREADS PHASES: bursts of powers of two, objects that wander between threads and outlive them.
 *
 * In each of PHASES, THREADS threads are born, do an unequal part of the work, and end. A step of work is an object of
 * 8 to 1024 words, by chance one of the small powers of two more often than a large, or of 25 times that once in a
 * hundred; it is filled, and stays in the thread's list of up to 1000, from which others are freed at random. One step
 * in five takes a random object of the thread into one of 1000 places common to all, and brings home what was there;
 * half of those freed at a thread's end stay for the next phase. Modelled on the description of mstress, the stress
 * test of mimalloc.
 * Unit: seconds for WORK steps in all.
 * Path: threads that inherit and leave objects, births and deaths with full magazines, a few large objects between:
 * nearly everything at once. */
#include "load.h"

#include <stdatomic.h>

enum { PLACES = 1000, LIST = 1000, LARGE_FACTOR = 25 };

static size_t work, threads, phase;
/* Written by exchange only; an object in a place belongs to no thread. */
static _Atomic(uint64_t *) places[PLACES];

/* An object is an array of words, the first its length in words and the others made of that and the place in it. */
static uint64_t *make(uint64_t *random)
{
    size_t words = (size_t)8 << draw_below(random, 1 + draw_below(random, 8));
    if (draw_below(random, 100) == 0)
        words *= LARGE_FACTOR;
    uint64_t *object = take(words * sizeof *object);
    object[0] = words;
    for (size_t at = 1; at < words; at++)
        object[at] = words ^ at;
    return object;
}

static void drop(uint64_t *object)
{
    if (object == NULL)
        return;
    size_t words = (size_t)object[0];
    if (words == 0)
        stop("an object was given out twice");
    for (size_t at = 1; at < words; at += 7)
        if (object[at] != (words ^ at))
            stop("an object is not what was written to it");
    object[0] = 0;
    free(object);
}

static void *live(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = (phase << 16) + index + 1;
    uint64_t **list = take(LIST * sizeof *list);
    size_t length = 0;
    /* The last thread does three times the work of the first. */
    size_t steps = work * (threads + 2 * index) / (threads * (2 * threads - 1));

    for (size_t step = 0; step < steps; step++) {
        /* Up by bursts: the list is filled in one go and half emptied in another. */
        if (length == LIST)
            while (length > LIST / 2) {
                size_t at = draw_below(&random, length);
                drop(list[at]);
                list[at] = list[--length];
            }
        list[length++] = make(&random);
        if (draw_below(&random, 5) == 0) {
            size_t at = draw_below(&random, length);
            list[at] = atomic_exchange(&places[draw_below(&random, PLACES)], list[at]);
            if (list[at] == NULL)
                list[at] = list[--length];
        }
        if (draw_below(&random, 4) == 0 && length > 0)
            drop(list[--length]);
    }
    while (length > 0) {
        uint64_t *object = list[--length];
        if (length % 2 == 0)
            object = atomic_exchange(&places[draw_below(&random, PLACES)], object);
        drop(object);
    }
    free(list);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    size_t phases = argument(argc, argv, 3, "PHASES");
    work /= phases;

    pthread_t *alive = take(threads * sizeof *alive);
    for (phase = 0; phase < phases; phase++) {
        for (size_t at = 0; at < threads; at++)
            alive[at] = start_thread(live, (void *)(uintptr_t)at);
        for (size_t at = 0; at < threads; at++)
            join_thread(alive[at]);
    }
    for (size_t at = 0; at < PLACES; at++)
        drop(atomic_load(&places[at]));
    free(alive);
    return 0;
}
