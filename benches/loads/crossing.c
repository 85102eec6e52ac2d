/* crossing WORK THREADS HIGH: mixed sizes up to HIGH bytes, one object in four freed by the next thread.
 *
 * Each thread keeps 2000 objects of 8 to HIGH bytes, the small more often than the large (the smaller of two draws). A
 * turn replaces a tenth of them, in steps over the list that differ from turn to turn; every fourth object replaced
 * goes to a list that is handed to the next thread at the end of the turn, and freed there; who is 64 lists ahead of
 * its neighbour waits. Modelled on the description of rptest in rpmalloc's benchmark, with sizes up to 16,000.
 * Unit: seconds for WORK pairs of malloc and free in all.
 * Path: slab classes up to the largest, a quarter of the objects freed away from home. */
#include "load.h"

#include <sched.h>
#include <stdatomic.h>

enum { LIVE = 2000, REPLACED = LIVE / 10, LOW = 8, AHEAD = 64, CLOSED = 1 << 20 };

/* Objects on their way to a thread. */
struct parcel {
    struct parcel *next;
    size_t count;
    void *objects[REPLACED];
};

/* Where a thread gets its parcels: pushed to by its neighbour, taken whole by itself. */
struct post {
    _Alignas(64) _Atomic(struct parcel *) first;
    /* Parcels pushed and not taken, and CLOSED once the thread has ended. */
    atomic_size_t waiting;
};

static size_t work, threads, high;
static struct post *posts;

static void *make(uint64_t *random)
{
    size_t one = draw_size(random, LOW, high), other = draw_size(random, LOW, high);
    size_t size = one < other ? one : other;
    void *object = take(size);
    stamp(object, size);
    return object;
}

static void drop(void *object)
{
    check(object);
    free(object);
}

static void free_parcels(struct parcel *parcel, atomic_size_t *waiting)
{
    while (parcel != NULL) {
        struct parcel *next = parcel->next;
        for (size_t at = 0; at < parcel->count; at++)
            drop(parcel->objects[at]);
        free(parcel);
        parcel = next;
        atomic_fetch_sub(waiting, 1);
    }
}

static void empty(struct post *post)
{
    free_parcels(atomic_exchange(&post->first, NULL), &post->waiting);
}

/* Hands a parcel to the next thread. Who has to wait empties its own post meanwhile, or they would all wait in a ring;
 * where the next thread has ended, it empties that one's. */
static void push(struct post *to, struct post *own, struct parcel *parcel)
{
    while ((atomic_load(&to->waiting) & (CLOSED - 1)) >= AHEAD) {
        empty(atomic_load(&to->waiting) >= CLOSED ? to : own);
        sched_yield();
    }
    atomic_fetch_add(&to->waiting, 1);
    parcel->next = atomic_load(&to->first);
    while (!atomic_compare_exchange_weak(&to->first, &parcel->next, parcel))
        ;
}

static void *cross(void *given)
{
    static const size_t steps[] = {7, 1, 13, 119, 3, 1001};
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    void **objects = take(LIVE * sizeof *objects);

    for (size_t at = 0; at < LIVE; at++)
        objects[at] = make(&random);
    size_t turns = share(work / REPLACED, threads, index);
    for (size_t turn = 0; turn < turns; turn++) {
        struct parcel *parcel = take(sizeof *parcel);
        size_t step = steps[turn % (sizeof steps / sizeof steps[0])], at = draw_below(&random, LIVE);
        parcel->count = 0;
        for (size_t left = REPLACED; left > 0; left--) {
            if (left % 4 == 0)
                parcel->objects[parcel->count++] = objects[at];
            else
                drop(objects[at]);
            objects[at] = make(&random);
            at = (at + step) % LIVE;
        }
        push(&posts[(index + 1) % threads], &posts[index], parcel);
        empty(&posts[index]);
    }
    atomic_fetch_add(&posts[index].waiting, CLOSED);
    for (size_t at = 0; at < LIVE; at++)
        drop(objects[at]);
    free(objects);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    high = argument(argc, argv, 3, "HIGH");
    posts = aligned_alloc(_Alignof(struct post), threads * sizeof *posts);
    if (posts == NULL)
        stop("aligned_alloc refused");
    for (size_t at = 0; at < threads; at++) {
        atomic_init(&posts[at].first, NULL);
        atomic_init(&posts[at].waiting, 0);
    }
    run_threads(threads, cross);
    for (size_t at = 0; at < threads; at++)
        empty(&posts[at]);
    free(posts);
    return 0;
}
