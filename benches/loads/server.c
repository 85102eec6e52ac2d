/* server WORK THREADS SLOTS LOW HIGH BIRTHS: a server whose threads come and go while its objects stay.
 *
 * Each of THREADS lines owns SLOTS objects of LOW to HIGH bytes. A thread replaces random ones, then starts its
 * successor, hands it the objects and ends; all lines together have BIRTHS threads and replace WORK objects. The first
 * objects are the main thread's. After Larson & Krishnan, "Memory Allocation for Long-Running Server Applications",
 * ISMM 1998.
 * Unit: seconds for WORK pairs of free and malloc.
 * Path: random replacement where most objects were allocated by a thread that has ended: magazines of dead threads
 * must reach the depot, and memory must not stay with them (peak RSS is the figure to watch). */
#include "load.h"

/* `work` is what one thread replaces. */
static size_t work, slots, low, high;

struct line {
    uint64_t random;
    size_t generations;
    void **objects;
};

/* Guards `running`, the number of lines that have not ended. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static size_t running;

static void *serve(void *given)
{
    struct line *line = given;

    for (size_t turn = 0; turn < work; turn++) {
        size_t at = draw_below(&line->random, slots);
        size_t size = draw_size(&line->random, low, high);
        free(line->objects[at]);
        line->objects[at] = take(size);
        stamp(line->objects[at], size);
    }
    if (--line->generations > 0) {
        pthread_detach(start_thread(serve, line));
        return NULL;
    }
    for (size_t at = 0; at < slots; at++) {
        check(line->objects[at]);
        free(line->objects[at]);
    }
    pthread_mutex_lock(&lock);
    running--;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    size_t threads = argument(argc, argv, 2, "THREADS");
    slots = argument(argc, argv, 3, "SLOTS");
    low = argument(argc, argv, 4, "LOW");
    high = argument(argc, argv, 5, "HIGH");
    size_t births = argument(argc, argv, 6, "BIRTHS");
    if (births < threads)
        stop("BIRTHS must be THREADS at least");
    work /= births;

    struct line *lines = take(threads * sizeof *lines);
    for (size_t at = 0; at < threads; at++) {
        struct line *line = &lines[at];
        line->random = at + 1;
        line->generations = share(births, threads, at);
        line->objects = take(slots * sizeof *line->objects);
        for (size_t slot = 0; slot < slots; slot++) {
            size_t size = draw_size(&line->random, low, high);
            line->objects[slot] = take(size);
            stamp(line->objects[slot], size);
        }
    }
    running = threads;
    for (size_t at = 0; at < threads; at++)
        pthread_detach(start_thread(serve, &lines[at]));

    pthread_mutex_lock(&lock);
    while (running > 0)
        pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);
    for (size_t at = 0; at < threads; at++)
        free(lines[at].objects);
    free(lines);
    return 0;
}
