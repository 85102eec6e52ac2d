/* skewed WORK THREADS LIVE: random replacement, small sizes much more often than large ones.
 *
 * Each thread keeps LIVE objects and replaces random ones, WORK times in all; the chance of a size falls with its
 * square, from 4 to 32,768 bytes: half of the objects are of 8 bytes or less, one in a hundred above 400. After the
 * threaded loop of glibc's benchtests (bench-malloc-thread), which keeps 1024 objects in each thread.
 * Unit: seconds for WORK pairs of free and malloc.
 * Path: hits of few classes, all the others now and then: what keeping a magazine for each class costs. */
#include "load.h"

enum { LEAST = 4, MOST = 32768, DRAWN = 8192 };

static size_t work, threads, live;
/* Sizes drawn beforehand, so that the division is not measured. */
static uint32_t drawn[DRAWN];

static void fill_drawn(void)
{
    uint64_t random = 1;
    for (size_t at = 0; at < DRAWN; at++) {
        /* The inverse of the sum of 1 / s^2 over the sizes up to s. */
        double part = (double)(draw(&random) >> 11) / (double)((uint64_t)1 << 53);
        drawn[at] = (uint32_t)(1.0 / (1.0 / LEAST - part * (1.0 / LEAST - 1.0 / MOST)));
    }
}

static void *replace(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    unsigned char **objects = take(live * sizeof *objects);

    for (size_t at = 0; at < live; at++) {
        objects[at] = take(LEAST);
        objects[at][0] = (unsigned char)at;
    }
    for (size_t left = share(work, threads, index); left > 0; left--) {
        uint64_t number = draw(&random);
        size_t at = (size_t)((number >> 32) % live), size = drawn[number % DRAWN];
        if (objects[at][0] != (unsigned char)at)
            stop("an object is not what was written to it");
        free(objects[at]);
        objects[at] = take(size);
        use(objects[at], size);
        objects[at][0] = (unsigned char)at;
    }
    for (size_t at = 0; at < live; at++)
        free(objects[at]);
    free(objects);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    live = argument(argc, argv, 3, "LIVE");
    fill_drawn();
    run_threads(threads, replace);
    return 0;
}
