/* churn WORK THREADS LIVE LOW HIGH: random replacement.
 *
 * Each thread keeps LIVE objects of LOW to HIGH bytes and frees a random one and allocates another of a random size in
 * its place, WORK times in all. The plainest of allocator tests.
 * Unit: seconds for WORK pairs of free and malloc.
 * Path: malloc and free of small objects of all classes at once; magazines of single classes run full and empty by
 * chance, so exchanges with the depot and refills from partial slabs count beside the hits. */
#include "load.h"

static size_t work, threads, live, low, high;

static void *churn(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    void **objects = take(live * sizeof *objects);

    for (size_t at = 0; at < live; at++) {
        size_t size = draw_size(&random, low, high);
        objects[at] = take(size);
        stamp(objects[at], size);
    }
    for (size_t left = share(work, threads, index); left > 0; left--) {
        size_t at = draw_below(&random, live);
        size_t size = draw_size(&random, low, high);
        free(objects[at]);
        objects[at] = take(size);
        stamp(objects[at], size);
    }
    for (size_t at = 0; at < live; at++) {
        check(objects[at]);
        free(objects[at]);
    }
    free(objects);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    live = argument(argc, argv, 3, "LIVE");
    low = argument(argc, argv, 4, "LOW");
    high = argument(argc, argv, 5, "HIGH");
    run_threads(threads, churn);
    return 0;
}
