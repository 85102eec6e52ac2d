/* simple WORK THREADS COUNT: one size after the other, freed in the order of allocation.
 *
 * Each thread goes through nine sizes from 8 to 4096 bytes, and for each allocates COUNT objects and frees them, oldest
 * first, again and again. After the simple loop of glibc's benchtests (bench-malloc-simple), which takes counts of 25,
 * 100, 400 and 1600, since caches of a fixed length show between them; the larger size has as many turns as the small.
 * Unit: seconds for WORK pairs of malloc and free in all.
 * Path: hits while COUNT fits a thread's magazines, exchanges with the depot where it does not. */
#include "load.h"

static const size_t sizes[] = {8, 16, 32, 64, 128, 256, 512, 1024, 4096};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

static size_t work, threads, count;

static void *repeat(void *given)
{
    size_t turns = share(work, threads, (uintptr_t)given) / SIZES / count;
    void **objects = take(count * sizeof *objects);

    for (size_t kind = 0; kind < SIZES; kind++)
        for (size_t turn = 0; turn < turns; turn++) {
            for (size_t at = 0; at < count; at++) {
                objects[at] = take(sizes[kind]);
                stamp(objects[at], sizes[kind]);
            }
            for (size_t at = 0; at < count && turn + 1 == turns; at++)
                check(objects[at]);
            for (size_t at = 0; at < count; at++)
                free(objects[at]);
        }
    free(objects);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    count = argument(argc, argv, 3, "COUNT");
    run_threads(threads, repeat);
    return 0;
}
