/* shift MODE MEBIBYTES PHASES SEED: a constant amount of live memory whose sizes shift in every phase.
 *
 * Keeps MEBIBYTES MiB of objects alive. A phase allocates eight times as much as is alive, in sizes that are spread
 * evenly by magnitude over three doublings: from 16 B in the first phase, 128 B in the second, 1 KiB in the third, 8 KiB
 * in the fourth, then from 16 B again. When the phases are over the last goes on at a slow pace for three seconds: hours
 * of a server are seconds here, and what an allocator only keeps for a while is not what it cannot give back. MODE says
 * how objects die:
 *   1  at random: whenever one is allocated, random ones are freed until no more than MEBIBYTES are alive;
 *   2  in groups: an object belongs to a request, which asks for 32 KiB to 1 MiB at once and frees all of it when it ends;
 *      random ones end.
 * Marks: *end*, with all of it alive. Figures: what the process has more than before the first object, over what is alive; the
 * load's own tables are there before.
 * Path: what becomes of memory that was cut for one size when another one is asked for: slabs that come empty, runs that
 * coalesce, and in MODE 1 how few of them do. */
#include "memory.h"

#include <sys/mman.h>

enum { DOUBLINGS = 3, STARTS = 4, TURNOVER = 8, REST = 300, REST_MILLISECONDS = 10 };

static const size_t starts[STARTS] = {16, 128, KIB, 8 * KIB};

/* An object, and in MODE 2 the one that the same request asked for before it. */
struct object {
    void *memory;
    uint32_t size;
    uint32_t before;
};

static struct object *objects;
/* Of each request one more than the place of its newest object. */
static uint32_t *requests;
static uint32_t *unused;
static size_t unused_count;
static size_t live;
static uint64_t random_state;

/* Returns zeroed memory of the kernel's, all of it resident. */
static void *table(size_t bytes)
{
    void *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED)
        stop("mmap refused");
    return memory;
}

/* Returns a size of the phase. */
static size_t size_of(size_t phase)
{
    size_t base = starts[phase % STARTS] << draw_below(&random_state, DOUBLINGS);
    return draw_size(&random_state, base, 2 * base - 1);
}

/* Allocates an object of `size` bytes, writes to each page of it, and notes it at `object`. */
static void make(struct object *object, size_t size)
{
    object->memory = take(size);
    object->size = (uint32_t)size;
    use_pages(object->memory, 0, size);
    stamp(object->memory, size);
    live += size;
}

static void end(struct object *object)
{
    check(object->memory);
    free(object->memory);
    live -= object->size;
}

/* MODE 1: frees random objects until there is room for one of the phase, and makes it. Returns its size. The objects
 * alive are the first `count`. */
static size_t replace_single(size_t most, size_t phase)
{
    static size_t count;
    size_t size = size_of(phase);
    while (live + size > most) {
        size_t at = draw_below(&random_state, count);
        end(&objects[at]);
        objects[at] = objects[--count];
    }
    make(&objects[count++], size);
    return size;
}

/* MODE 2: ends random requests until there is room for one more of the phase, and makes all that it asks for. Returns its
 * size. The requests alive are the first `count`. */
static size_t replace_request(size_t most, size_t phase)
{
    static size_t count;
    size_t asked = draw_size(&random_state, 32 * KIB, MIB), left = asked;
    while (live + asked > most) {
        size_t gone = draw_below(&random_state, count);
        for (uint32_t next = requests[gone]; next != 0;) {
            uint32_t at = next - 1;
            next = objects[at].before;
            end(&objects[at]);
            unused[unused_count++] = at;
        }
        requests[gone] = requests[--count];
    }
    uint32_t newest = 0;
    for (size_t size = size_of(phase); size <= left; size = size_of(phase)) {
        uint32_t at = unused[--unused_count];
        make(&objects[at], size);
        objects[at].before = newest;
        newest = at + 1;
        left -= size;
    }
    requests[count++] = newest;
    return asked;
}

int main(int argc, char **argv)
{
    size_t mode = argument(argc, argv, 1, "MODE");
    size_t mebibytes = argument(argc, argv, 2, "MEBIBYTES");
    size_t phases = argument(argc, argv, 3, "PHASES");
    random_state = argument(argc, argv, 4, "SEED");
    size_t most = mebibytes * MIB;
    size_t places = most / starts[0];
    if (mode > 2 || mebibytes < 16 || mebibytes > 4096)
        stop("MODE is 1 or 2, MEBIBYTES between 16 and 4096");

    objects = table(places * sizeof *objects);
    unused = table(places * sizeof *unused);
    requests = table(most / (16 * KIB) * sizeof *requests);
    for (size_t at = places; at > 0; at--)
        unused[unused_count++] = (uint32_t)(at - 1);
    size_t before = resident(0);

    size_t (*step)(size_t, size_t) = mode == 1 ? replace_single : replace_request;
    for (size_t phase = 0; phase < phases; phase++)
        for (size_t allocated = 0; allocated < TURNOVER * most;)
            allocated += step(most, phase);
    for (int turn = 0; turn < REST; turn++) {
        usleep(REST_MILLISECONDS * 1000);
        for (size_t allocated = 0; allocated < most / 1000;)
            allocated += step(most, phases - 1);
    }

    size_t after = mark("end");
    figure("resident-over-live", (double)(after - before) * KIB / (double)live, "times");
    return 0;
}
