/* pair MILLISECONDS LOW HIGH WINDOWS: one thread allocates, another frees, and memory does not grow by it.
 *
 * For MILLISECONDS one thread makes objects of LOW to HIGH bytes and hands them to the other, which frees them; no more
 * than 4 MiB are on the way. With WINDOWS above 1 the range of sizes is cut into as many windows, each a constant factor above
 * the one before, and sizes are drawn from one window after the other: each quarter of the time goes through all of them.
 * Marks: quarter, half, three-quarters, whole, of the time, each a little before it is over; end, with nothing on the way.
 * Figure: growth from the quarter to the whole.
 * Path: objects that all go one way, through the depot; pages of yesterday's sizes for today's. */
#include "memory.h"

#include <math.h>
#include <stdatomic.h>

enum { PLACES = 1 << 16, ON_THE_WAY = 4 << 20 };

static size_t whole_ms, low, high, windows;
static uint64_t start;
/* Written by the producer at `made`, read by the consumer at `freed`; both count on for ever. */
static void *places[PLACES];
static _Alignas(64) atomic_size_t made;
static _Alignas(64) atomic_size_t freed;
static _Alignas(64) atomic_size_t bytes_on_the_way;
static atomic_bool no_more;

/* Returns the least size of a window; of the one after the last, the largest of all. */
static size_t edge(size_t window)
{
    return (size_t)((double)low * pow((double)high / (double)low, (double)window / (double)windows));
}

static void *produce(void *unused)
{
    uint64_t random = 1, gone;
    (void)unused;

    while ((gone = milliseconds() - start) < whole_ms) {
        size_t window = gone * 4 * windows / whole_ms % windows;
        size_t least = edge(window), most = edge(window + 1);
        for (size_t turn = 0; turn < 256; turn++) {
            size_t size = draw_size(&random, least, most), at = atomic_load_explicit(&made, memory_order_relaxed);
            void *object = take(size);
            stamp(object, size);
            while (at - atomic_load(&freed) == PLACES || atomic_load(&bytes_on_the_way) > ON_THE_WAY)
                sched_yield();
            atomic_fetch_add(&bytes_on_the_way, size);
            places[at % PLACES] = object;
            atomic_store(&made, at + 1);
        }
    }
    atomic_store(&no_more, 1);
    return NULL;
}

static void *consume(void *unused)
{
    (void)unused;
    for (size_t at = 0;; at++) {
        while (at == atomic_load(&made)) {
            if (atomic_load(&no_more) && at == atomic_load(&made))
                return NULL;
            sched_yield();
        }
        void *object = places[at % PLACES];
        uint32_t size;
        memcpy(&size, object, sizeof size);
        check(object);
        free(object);
        atomic_store(&freed, at + 1);
        atomic_fetch_sub(&bytes_on_the_way, size);
    }
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"quarter", "half", "three-quarters", "whole"};
    whole_ms = argument(argc, argv, 1, "MILLISECONDS");
    low = argument(argc, argv, 2, "LOW");
    high = argument(argc, argv, 3, "HIGH");
    windows = argument(argc, argv, 4, "WINDOWS");
    if (low < 8 || high < low)
        stop("LOW is 8 at least and HIGH no less");

    start = milliseconds();
    pthread_t producer = start_thread(produce, NULL), consumer = start_thread(consume, NULL);
    size_t quarters[4];
    for (size_t quarter = 0; quarter < 4; quarter++) {
        uint64_t due = start + whole_ms * (quarter + 1) / 4 - whole_ms / 64, now = milliseconds();
        if (due > now)
            rest((unsigned)(due - now));
        quarters[quarter] = mark(names[quarter]);
    }
    join_thread(producer);
    join_thread(consumer);
    mark("end");
    growth("growth", quarters[0], quarters[3]);
    return 0;
}
