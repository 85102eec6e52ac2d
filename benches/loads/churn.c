/* churn WORK THREADS LIVE LOW HIGH: random replacement.
 *
 * Each thread keeps LIVE objects of LOW to HIGH bytes and WORK times frees a random one and allocates another of a
 * random size in its place. The plainest of allocator tests.
 * Unit: seconds for THREADS x WORK pairs of free and malloc.
 * Path: malloc and free of small objects of all classes at once; magazines of single classes run full and empty by
 * chance, so exchanges with the depot and refills from partial slabs count beside the hits. */
#include "load.h"

static size_t work, live, low, high;

static void *churn(void *given)
{
    uint64_t random = (uintptr_t)given;
    void **objects = take(live * sizeof *objects);

    for (size_t at = 0; at < live; at++)
        objects[at] = take(draw_size(&random, low, high));
    for (size_t turn = 0; turn < work; turn++) {
        size_t at = draw_below(&random, live);
        size_t size = draw_size(&random, low, high);
        free(objects[at]);
        objects[at] = take(size);
        use(objects[at], size);
    }
    for (size_t at = 0; at < live; at++)
        free(objects[at]);
    free(objects);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    size_t threads = argument(argc, argv, 2, "THREADS");
    live = argument(argc, argv, 3, "LIVE");
    low = argument(argc, argv, 4, "LOW");
    high = argument(argc, argv, 5, "HIGH");

    /* The main thread is one of them: with THREADS = 1 the process stays single-threaded. */
    pthread_t *others = take(threads * sizeof *others);
    for (size_t at = 1; at < threads; at++)
        others[at] = start_thread(churn, (void *)(uintptr_t)(at + 1));
    churn((void *)(uintptr_t)1);
    for (size_t at = 1; at < threads; at++)
        join_thread(others[at]);
    free(others);
    return 0;
}
