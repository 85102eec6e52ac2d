/* born THREADS AT_ONCE OBJECTS LOW HIGH: threads are born and die, and memory does not grow by it.
 *
 * THREADS threads in all, AT_ONCE alive. Each allocates OBJECTS objects of LOW to HIGH bytes, frees the one that a dead
 * thread left in its place, and frees its own but for one, which it leaves there.
 * Marks: quarter, half, three-quarters, whole, of the threads; end, with the last objects freed. Figure: growth from the
 * quarter to the whole.
 * Path: blocks and magazines of dead threads. */
#include "memory.h"

static size_t objects, low, high;
static void **left;

static void *live(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    struct linked *list = NULL;

    for (size_t at = 0; at < objects; at++)
        link_object(&list, draw_mixed(&random, low, high));
    free(left[index]);
    left[index] = take(low);
    use(left[index], low);
    free_list(&list, low, high);
    return NULL;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"quarter", "half", "three-quarters", "whole"};
    size_t threads = argument(argc, argv, 1, "THREADS");
    size_t at_once = argument(argc, argv, 2, "AT_ONCE");
    objects = argument(argc, argv, 3, "OBJECTS");
    low = argument(argc, argv, 4, "LOW");
    high = argument(argc, argv, 5, "HIGH");
    if (low < sizeof(struct linked))
        stop("LOW is less than an object's head");
    pthread_t *running = take(at_once * sizeof *running);
    left = calloc(at_once, sizeof *left);
    if (left == NULL)
        stop("calloc refused");

    size_t quarters[4];
    for (size_t quarter = 0; quarter < 4; quarter++) {
        for (size_t turn = share(threads / at_once, 4, quarter); turn > 0; turn--) {
            for (size_t at = 0; at < at_once; at++)
                running[at] = start_thread(live, (void *)(uintptr_t)at);
            for (size_t at = 0; at < at_once; at++)
                join_thread(running[at]);
        }
        quarters[quarter] = mark(names[quarter]);
    }
    for (size_t at = 0; at < at_once; at++)
        free(left[at]);
    free(left);
    free(running);
    mark("end");
    growth("growth", quarters[0], quarters[3]);
    return 0;
}
