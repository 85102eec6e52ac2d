/* large WORK LOW HIGH LIVE: blocks of 64 KiB to tens of MiB.
 *
 * WORK times: frees a random one of LIVE objects and allocates another, as likely between LOW and 2 x LOW as between
 * HIGH / 2 and HIGH, and writes one byte in each of its pages.
 * Unit: seconds for WORK pairs of free and malloc, with the page faults they cause (printed beside).
 * Path: run classes up to 4 MiB, then the buddy directly; areas of their own begin above 1 GiB, beyond the sizes in
 * use. Who gives memory back at each free pays a fault per page, who never does pays in peak RSS. */
#include "load.h"

static void drop(void *object)
{
    if (object != NULL)
        check(object);
    free(object);
}

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t low = argument(argc, argv, 2, "LOW");
    size_t high = argument(argc, argv, 3, "HIGH");
    size_t live = argument(argc, argv, 4, "LIVE");

    void **objects = calloc(live, sizeof *objects);
    if (objects == NULL)
        stop("calloc refused");
    size_t doublings = 0;
    while (low << (doublings + 1) <= high)
        doublings++;
    if (doublings == 0)
        stop("HIGH must be twice LOW at least");

    uint64_t random = 1;
    for (size_t turn = 0; turn < work; turn++) {
        size_t at = draw_below(&random, live);
        size_t base = low << draw_below(&random, doublings);
        size_t size = draw_size(&random, base, 2 * base);
        drop(objects[at]);
        objects[at] = take(size);
        use_pages(objects[at], 0, size);
        stamp(objects[at], size);
    }
    for (size_t at = 0; at < live; at++)
        drop(objects[at]);
    free(objects);
    return 0;
}
