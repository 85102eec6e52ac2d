/* The buddy system, step by step: which free runs are split when pages are allocated, and how they coalesce again.
 *
 * Memory is kept in free runs of 2^k units, each aligned to its size. To serve a request, the smallest run that is large enough
 * is halved until it fits; the halves that are left over stay free, one of each order on the way. The two halves of a run are
 * buddies: their addresses differ in one bit, so each finds the other by an exclusive or. When a run is freed whose buddy is free
 * too, the two become one run again, and so on upwards.
 * (Knowlton, CACM 1965; Knuth, The Art of Computer Programming 1, 2.5, algorithms R and S.)
 *
 * In the tables, a column is an order and a number counts free runs; a step shows only what it changed. */
#include <quarry.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The unit is a granule of 16 KiB; the order of a request counts pages of 4 KiB. */
enum { ORDERS = 17, SHOWN = 11, UNIT_KIB = 16, UNIT_ORDER = 2 };

/* Counts the free runs of each order, over all arenas, out of what quarry_buddyinfo writes. */
static void count_free(long counts[ORDERS]) {
    static char text[4096];
    FILE *file = fmemopen(text, sizeof text, "w");
    if (file == NULL || quarry_buddyinfo(file) != 0 || fclose(file) != 0)
        abort();
    memset(counts, 0, ORDERS * sizeof *counts);
    for (char *at = text; (at = strstr(at, "free runs")) != NULL;) {
        at += strlen("free runs");
        for (int order = 0; order < ORDERS; order++)
            counts[order] += strtol(at, &at, 10);
    }
}

static void show_heading(void) {
    printf("%-34s", "");
    for (int order = 0, kib = UNIT_KIB; order < SHOWN; order++, kib *= 2)
        printf(kib < 1024 ? "%4dK" : "%4dM", kib < 1024 ? kib : kib / 1024);
    printf("\n");
}

/* Shows what a step did to the free runs; the first one shows all of them. */
static void show(const char *step) {
    static long before[ORDERS];
    static int steps;
    long now[ORDERS];
    count_free(now);
    printf("%-34s", step);
    for (int order = 0; order < SHOWN; order++) {
        long change = now[order] - before[order];
        printf(change == 0 ? "    ." : steps == 0 ? "%5ld" : "%+5ld", change);
    }
    printf("\n");
    memcpy(before, now, sizeof now);
    steps++;
}

/* Says where a run of `order` pages and its buddy lie, and whether the buddy is free. */
static void show_buddy(const char *name, const void *run, unsigned order) {
    uintptr_t buddy = (uintptr_t)run ^ (uintptr_t)4096 << order;
    quarry_place place = {0};
    int owned = quarry_owns((const void *)buddy, &place);
    printf("  %s is at %p; its buddy is at %#lx and %s.\n", name, run, (unsigned long)buddy,
           owned && place.state == QUARRY_PLACE_FREE ? "free" : "in use");
}

static void *allocate(unsigned order) {
    void *run = quarry_alloc_pages(order);
    if (run == NULL) {
        perror("quarry_alloc_pages");
        exit(1);
    }
    return run;
}

/* Takes all free runs below `order` and keeps them, so that a small request has to split a large run. */
static void take_smaller(unsigned order) {
    long counts[ORDERS];
    count_free(counts);
    for (unsigned small = 0; small < order; small++)
        while (counts[small]-- > 0)
            allocate(small + UNIT_ORDER);
}

int main(void) {
    static char output[1 << 14];
    long counts[ORDERS];
    setvbuf(stdout, output, _IOFBF, sizeof output); /* so that printing allocates nothing between two steps */
    count_free(counts);                             /* so that counting has what it needs */
    quarry_free_pages(allocate(10), 10);            /* so that there is a run of 4 MiB */
    take_smaller(10 - UNIT_ORDER);

    show_heading();
    show("free at first");
    void *a = allocate(4);
    show("A: allocate 64 KiB, order 4");
    void *b = allocate(4);
    show("B: allocate 64 KiB, order 4");
    show_buddy("A", a, 4);
    void *c = allocate(6);
    show("C: allocate 256 KiB, order 6");
    show_buddy("C", c, 6);

    quarry_free_pages(a, 4);
    show("free A, whose buddy is in use");
    quarry_free_pages(b, 4);
    show("free B, whose buddy is free");
    quarry_free_pages(c, 6);
    show("free C: all is one run again");

    /* A run need not be a power of two: 80 KiB are a run of 128 KiB whose end is given back at once. */
    void *d = quarry_alloc_pages_exact(80 << 10);
    show("D: allocate exactly 80 KiB");
    quarry_free_pages_exact(d, 80 << 10);
    show("free D");
    return 0;
}
