/* burst WORK THREADS MEBIBYTES LOW HIGH: a heap that grows to MEBIBYTES and goes back to nothing.
 *
 * WORK times: the threads together allocate MEBIBYTES MiB of objects of LOW to HIGH bytes, write every page of them and
 * then free them all, oldest first. The objects of a thread hang together in a list.
 * Unit: seconds for WORK bursts, with the page faults they cause (printed beside).
 * Path: commit and purge: how much of a burst is given back before the next one, and how many faults it takes to have
 * it again; huge pages show here first. */
#include "load.h"

struct object {
    struct object *next;
    size_t size;
};

static size_t work, threads, mebibytes, low, high;

static void *burst(void *given)
{
    size_t index = (uintptr_t)given, limit = share(mebibytes, threads, index) * MIB;
    uint64_t random = index + 1;

    for (size_t round = 0; round < work; round++) {
        struct object *first = NULL, **last = &first;
        for (size_t sum = 0; sum < limit;) {
            size_t size = draw_size(&random, low, high);
            struct object *object = take(size);
            use_pages(object, 0, size);
            *object = (struct object){NULL, size};
            *last = object;
            last = &object->next;
            sum += size;
        }
        while (first != NULL) {
            struct object *next = first->next;
            if (first->size < low || first->size > high)
                stop("an object is not what was written to it");
            first->size = 0;
            free(first);
            first = next;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    mebibytes = argument(argc, argv, 3, "MEBIBYTES");
    low = argument(argc, argv, 4, "LOW");
    high = argument(argc, argv, 5, "HIGH");
    if (low < sizeof(struct object))
        stop("LOW is less than an object's head");
    run_threads(threads, burst);
    return 0;
}
