/* batch WORK ORDER COUNT SIZE: allocate many, then free them all.
 *
 * WORK times: allocates COUNT objects of SIZE bytes, writes them, and frees them all in the order of allocation
 * (ORDER 1), the reverse (2) or a shuffled order (3), the same one each time.
 * Unit: seconds for WORK x COUNT pairs of malloc and free.
 * Path: magazines run dry and full in long rows, so the exchange with the depot, and behind it slabs being filled
 * and emptied whole, is what is measured; the shuffled order costs whoever keeps its free list inside the objects. */
#include "load.h"

enum order { IN_ORDER = 1, REVERSE, SHUFFLED };

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t order = argument(argc, argv, 2, "ORDER");
    size_t count = argument(argc, argv, 3, "COUNT");
    size_t size = argument(argc, argv, 4, "SIZE");
    if (order > SHUFFLED)
        stop("ORDER is 1, 2 or 3");

    void **objects = take(count * sizeof *objects);
    size_t *turns = take(count * sizeof *turns);
    uint64_t random = 1;

    for (size_t at = 0; at < count; at++)
        turns[at] = order == REVERSE ? count - 1 - at : at;
    /* Fisher and Yates: every order is as likely as any other. */
    for (size_t left = order == SHUFFLED ? count : 0; left > 1; left--) {
        size_t other = draw_below(&random, left);
        size_t kept = turns[left - 1];
        turns[left - 1] = turns[other];
        turns[other] = kept;
    }

    for (size_t round = 0; round < work; round++) {
        for (size_t at = 0; at < count; at++) {
            objects[at] = take(size);
            stamp(objects[at], size);
        }
        for (size_t at = 0; at < count && round + 1 == work; at++)
            check(objects[at]);
        for (size_t at = 0; at < count; at++)
            free(objects[turns[at]]);
    }
    free(turns);
    free(objects);
    return 0;
}
