/* growth SIDE BUFFERS FROM TO STEP: buffers that grow in turns.
 *
 * Each grows from FROM bytes to TO by STEP bytes at a time; a byte is written in each page that is new. At the end a byte of
 * each MiB is read back. SIDE:
 *   region   quarry_vmalloc, quarry_vrealloc, quarry_vfree
 *   realloc  malloc, realloc, free
 * Unit: seconds for the whole growth. Page faults are in it, as many on every side; what differs are copies, and peak RSS
 * shows whether old and new bytes were resident together.
 * Path: mremap of a region, against realloc across all its paths: slabs, runs in the arena, mappings. With BUFFERS 1 nothing
 * stands behind the buffer and a run may grow where it is; with more, others do. */
#include "level.h"

enum { MOST = 8 };

static POINTER_TO(quarry_vmalloc) vmalloc;
static POINTER_TO(quarry_vrealloc) vrealloc;
static POINTER_TO(quarry_vfree) vfree;

ALWAYS_INLINE void grow(void *(*take_first)(size_t), void *(*resize)(void *, size_t), void (*give)(void *), size_t count,
                        size_t from, size_t to, size_t step)
{
    unsigned char *buffers[MOST];

    for (size_t at = 0; at < count; at++) {
        buffers[at] = take_first(from);
        if (buffers[at] == NULL)
            stop("no memory");
        use_pages(buffers[at], 0, from);
    }
    for (size_t size = from, next; size < to; size = next) {
        next = size + step < to ? size + step : to;
        for (size_t at = 0; at < count; at++) {
            buffers[at] = resize(buffers[at], next);
            if (buffers[at] == NULL)
                stop("growth refused");
            use_pages(buffers[at], size, next);
        }
    }
    for (size_t at = 0; at < count; at++) {
        for (size_t byte = 0; byte < to; byte += MIB)
            if (buffers[at][byte] != 1)
                stop("a byte was lost");
        give(buffers[at]);
    }
}

int main(int argc, char **argv)
{
    const char *side = word(argc, argv, 1, "SIDE");
    size_t count = argument(argc, argv, 2, "BUFFERS");
    size_t from = argument(argc, argv, 3, "FROM");
    size_t to = argument(argc, argv, 4, "TO");
    size_t step = argument(argc, argv, 5, "STEP");

    if (count > MOST)
        stop("too many buffers");
    if (strcmp(side, "region") == 0) {
        vmalloc = (POINTER_TO(quarry_vmalloc))find("quarry_vmalloc");
        vrealloc = (POINTER_TO(quarry_vrealloc))find("quarry_vrealloc");
        vfree = (POINTER_TO(quarry_vfree))find("quarry_vfree");
        grow(vmalloc, vrealloc, vfree, count, from, to, step);
    } else if (strcmp(side, "realloc") == 0) {
        grow(malloc, realloc, free, count, from, to, step);
    } else {
        stop("no such side");
    }
    return 0;
}
