/* grow WORK PERCENT LIMIT SIDE: buffers that grow by realloc.
 *
 * WORK times: SIDE buffers start at 16 bytes and grow in turn, each step to PERCENT of the size before (200 doubles,
 * 110 adds a tenth), until LIMIT bytes; each step writes one byte in each page that it gained. Two buffers (SIDE 2)
 * stand in each other's way; one alone can grow in place for ever.
 * Unit: seconds for WORK x SIDE chains of reallocs from 16 bytes to LIMIT.
 * Path: realloc within a class, from class to class, from slab to run, and run into its free right neighbour, by copy
 * where that is taken. With the sizes in use all of it stays in the buddy: areas, which grow by mremap, begin above
 * 1 GiB. What is copied, and what is given back and faulted in again, decides. */
#include "load.h"

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t percent = argument(argc, argv, 2, "PERCENT");
    size_t limit = argument(argc, argv, 3, "LIMIT");
    size_t side = argument(argc, argv, 4, "SIDE");
    if (percent <= 100)
        stop("PERCENT must be above 100");

    unsigned char **buffers = take(side * sizeof *buffers);
    for (size_t chain = 0; chain < work; chain++) {
        size_t size = 16;
        for (size_t at = 0; at < side; at++) {
            buffers[at] = take(size);
            use(buffers[at], size);
            buffers[at][0] = (unsigned char)at;
        }
        while (size < limit) {
            /* At least 16 bytes more, or a tenth of 16 would round to a step that stands still. */
            size_t next = size / 100 * percent + size % 100 * percent / 100;
            if (next < size + 16)
                next = size + 16;
            if (next > limit)
                next = limit;
            for (size_t at = 0; at < side; at++) {
                buffers[at] = realloc(buffers[at], next);
                if (buffers[at] == NULL)
                    stop("realloc refused");
                use_pages(buffers[at], size, next);
            }
            size = next;
        }
        for (size_t at = 0; at < side; at++) {
            if (buffers[at][0] != (unsigned char)at)
                stop("realloc lost what was written");
            free(buffers[at]);
        }
    }
    free(buffers);
    return 0;
}
