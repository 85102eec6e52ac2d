/* zeroed WORK LOW HIGH LIVE: calloc of all sizes.
 *
 * WORK times, for each size LOW, 2 x LOW ... HIGH: callocs objects that together make HIGH bytes, looks that both
 * ends are zero, writes them page by page, and frees the one allocated LIVE objects earlier.
 * Unit: seconds for WORK x HIGH bytes of each size.
 * Path: calloc. Whether memory known to be fresh from the kernel is cleared once more, and how memory that is reused
 * is cleared, decides; above the slab classes also whether runs are kept or given back and faulted in again. */
#include "load.h"

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t low = argument(argc, argv, 2, "LOW");
    size_t high = argument(argc, argv, 3, "HIGH");
    size_t live = argument(argc, argv, 4, "LIVE");

    unsigned char **objects = calloc(live, sizeof *objects);
    if (objects == NULL)
        stop("calloc refused");
    for (size_t round = 0; round < work; round++) {
        for (size_t size = low; size <= high; size *= 2) {
            for (size_t turn = 0; turn < high / size; turn++) {
                size_t at = turn % live;
                free(objects[at]);
                objects[at] = calloc(1, size);
                if (objects[at] == NULL)
                    stop("calloc refused");
                if (objects[at][0] != 0 || objects[at][size - 1] != 0)
                    stop("calloc gave memory that is not zero");
                use_pages(objects[at], 0, size);
            }
        }
    }
    for (size_t at = 0; at < live; at++)
        free(objects[at]);
    free(objects);
    return 0;
}
