/* sharing WORK THREADS KIND SIZE WRITES: whether the allocator puts objects of two threads on one cache line.
 *
 * Active (KIND 1, cache-thrash): each thread WORK / THREADS times allocates an object of SIZE bytes, writes it WRITES
 * times and frees it. Passive (2, cache-scratch): the first object of each thread was allocated by the main thread,
 * beside those of the others, and is freed by the thread that got it, which then goes on as before: an allocator that
 * gives that memory to its thread again shares lines that the program did not. After Berger et al., "Hoard: a scalable
 * memory allocator for multithreaded applications", ASPLOS 2000.
 * Unit: seconds for WORK objects in all, each written WRITES times.
 * Path: none in particular; whose slab an object comes from, and where freed objects go, decides. */
#include "load.h"

enum kind { ACTIVE = 1, PASSIVE };

static size_t work, threads, size, writes;
static enum kind kind;
static unsigned char **firsts;

static void write_often(unsigned char *object)
{
    for (size_t turn = 0; turn < writes; turn++)
        for (size_t at = 0; at < size; at++)
            ((volatile unsigned char *)object)[at]++;
}

static void *share_lines(void *given)
{
    size_t index = (uintptr_t)given;

    if (kind == PASSIVE) {
        write_often(firsts[index]);
        free(firsts[index]);
    }
    for (size_t left = share(work, threads, index); left > 0; left--) {
        unsigned char *object = take(size);
        memset(object, (int)index, size);
        write_often(object);
        for (size_t at = 0; at < size; at++)
            if (object[at] != (unsigned char)(index + writes))
                stop("an object was written by another thread");
        free(object);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    kind = (enum kind)argument(argc, argv, 3, "KIND");
    size = argument(argc, argv, 4, "SIZE");
    writes = argument(argc, argv, 5, "WRITES");
    if (kind > PASSIVE)
        stop("KIND is 1 or 2");

    firsts = take(threads * sizeof *firsts);
    for (size_t at = 0; at < threads && kind == PASSIVE; at++) {
        firsts[at] = take(size);
        memset(firsts[at], 0, size);
    }
    run_threads(threads, share_lines);
    free(firsts);
    return 0;
}
