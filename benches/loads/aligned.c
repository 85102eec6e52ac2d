/* aligned WORK THREADS LIVE: objects with an alignment of their own.
 *
 * Each thread keeps LIVE objects and replaces random ones, WORK times in all, by posix_memalign and aligned_alloc in
 * turn: alignments of 16 bytes to 32 KiB, each half as often as the one before, sizes from the alignment or a quarter
 * of it up to eight times that, never above 256 KiB; one in four by plain malloc.
 * Unit: seconds for WORK pairs of allocation and free in all.
 * Path: which class serves an alignment, and what memory it costs where none fits (peak RSS). */
#include "load.h"

enum { SHIFTS = 12, LEAST = 16, LARGEST = 256 << 10 };

static size_t work, threads, live;

static void *take_aligned(uint64_t *random)
{
    /* The number of zeroes at the end of a random number: 0 half of the time, 1 a quarter … */
    size_t align = (size_t)LEAST << __builtin_ctzll(draw(random) | 1 << (SHIFTS - 1));
    size_t size = draw_size(random, align / 4 + 1, 8 * align);
    void *object = NULL;
    uint64_t way = draw_below(random, 4);

    if (size > LARGEST)
        size = LARGEST;
    if (size < 8)
        size = 8;
    if (way == 0)
        object = take(size), align = 8;
    else if (way == 1)
        object = aligned_alloc(align, (size + align - 1) / align * align);
    else if (posix_memalign(&object, align, size) != 0)
        stop("posix_memalign refused");
    if (object == NULL || (uintptr_t)object % align != 0)
        stop("an object is not aligned as asked");
    stamp(object, size);
    return object;
}

static void *replace(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    void **objects = take(live * sizeof *objects);

    for (size_t at = 0; at < live; at++)
        objects[at] = take_aligned(&random);
    for (size_t left = share(work, threads, index); left > 0; left--) {
        size_t at = draw_below(&random, live);
        check(objects[at]);
        free(objects[at]);
        objects[at] = take_aligned(&random);
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
    run_threads(threads, replace);
    return 0;
}
