/* pages SIDE ORDER TOUCHED WORK LIVE: runs of 2^ORDER pages of 4 KiB.
 *
 * LIVE runs are held; each of the WORK turns frees the oldest and allocates another. TOUCHED 2 writes a byte in each page
 * of it, 1 in none. SIDE:
 *   pages    quarry_alloc_pages and quarry_free_pages
 *   mmap     mmap and munmap, which align to a page only: a program that needs more would map twice as much
 *   aligned  aligned_alloc of the size, aligned to the size, and free
 * Unit: seconds for WORK turns.
 * Path: untouched, the allocator alone: the magazines up to 16 KiB, then the buddy system. Touched, the kernel's page faults
 * with it, where memory is given back and asked for again. */
#include <sys/mman.h>

#include "level.h"

enum { MOST = 64 };

static POINTER_TO(quarry_alloc_pages) alloc_pages;
static POINTER_TO(quarry_free_pages) free_pages;

ALWAYS_INLINE void *take_pages(unsigned order)
{
    return alloc_pages(order);
}

ALWAYS_INLINE void give_pages(void *run, unsigned order)
{
    free_pages(run, order);
}

ALWAYS_INLINE void *take_mapping(unsigned order)
{
    void *run = mmap(NULL, PAGE << order, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return run == MAP_FAILED ? NULL : run;
}

ALWAYS_INLINE void give_mapping(void *run, unsigned order)
{
    if (run != NULL && munmap(run, PAGE << order) != 0)
        stop("munmap refused");
}

ALWAYS_INLINE void *take_aligned(unsigned order)
{
    return aligned_alloc(PAGE << order, PAGE << order);
}

ALWAYS_INLINE void give_aligned(void *run, unsigned order)
{
    (void)order;
    free(run);
}

ALWAYS_INLINE void turn_over(void *(*take_run)(unsigned), void (*give_run)(void *, unsigned), unsigned order, int touched,
                             size_t work, size_t live)
{
    static void *runs[MOST];

    for (size_t turn = 0, at = 0; turn < work; turn++) {
        give_run(runs[at], order);
        runs[at] = take_run(order);
        if (runs[at] == NULL)
            stop("pages refused");
        if (touched)
            use_pages(runs[at], 0, PAGE << order);
        at = at + 1 == live ? 0 : at + 1;
    }
}

int main(int argc, char **argv)
{
    const char *side = word(argc, argv, 1, "SIDE");
    unsigned order = (unsigned)strtoul(word(argc, argv, 2, "ORDER"), NULL, 10);
    int touched = argument(argc, argv, 3, "TOUCHED") == 2;
    size_t work = argument(argc, argv, 4, "WORK");
    size_t live = argument(argc, argv, 5, "LIVE");

    if (order > QUARRY_MAX_ORDER || live > MOST)
        stop("too many pages");
    if (strcmp(side, "pages") == 0) {
        alloc_pages = (POINTER_TO(quarry_alloc_pages))find("quarry_alloc_pages");
        free_pages = (POINTER_TO(quarry_free_pages))find("quarry_free_pages");
        turn_over(take_pages, give_pages, order, touched, work, live);
    } else if (strcmp(side, "mmap") == 0) {
        turn_over(take_mapping, give_mapping, order, touched, work, live);
    } else if (strcmp(side, "aligned") == 0) {
        turn_over(take_aligned, give_aligned, order, touched, work, live);
    } else {
        stop("no such side");
    }
    return 0;
}
