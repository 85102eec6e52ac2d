/* births WORK AT_ONCE OBJECTS: threads that live for a few objects.
 *
 * Creates WORK threads, AT_ONCE at a time; each allocates OBJECTS objects of mixed small sizes, frees them and ends.
 * Unit: seconds for WORK threads, with what libc and the kernel take for a thread in any case.
 * Path: the thread block's birth (first slow call), small first magazines, and its death: what a thread costs that
 * allocates almost nothing. Peak RSS shows whether blocks of ended threads are used again. */
#include "load.h"

static size_t objects;

static void *live_and_die(void *given)
{
    void **held = given;
    for (size_t at = 0; at < objects; at++) {
        size_t size = 16 + at * 24;
        held[at] = take(size);
        stamp(held[at], size);
    }
    for (size_t at = 0; at < objects; at++) {
        check(held[at]);
        free(held[at]);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t at_once = argument(argc, argv, 2, "AT_ONCE");
    objects = argument(argc, argv, 3, "OBJECTS");

    pthread_t *threads = take(at_once * sizeof *threads);
    void **held = take(at_once * objects * sizeof *held);
    for (size_t done = 0; done < work; done += at_once) {
        for (size_t at = 0; at < at_once; at++)
            threads[at] = start_thread(live_and_die, held + at * objects);
        for (size_t at = 0; at < at_once; at++)
            join_thread(threads[at]);
    }
    free(held);
    free(threads);
    return 0;
}
