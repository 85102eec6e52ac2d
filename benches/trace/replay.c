/* replay TIMES TRACE: a program's calls of malloc and its family again, at full speed, by as many threads.
 *
 * Goes through a packed trace (trace.h) TIMES times. Each thread performs its own operations in their order; it waits
 * where an object is not there yet that another thread allocates, and at meetings, a few in a second of the original's
 * work, for threads that are far behind. Objects are used as their owners would at least: a byte of each page and the
 * last one are written at birth, the first is looked at again at the end. What the program had left at its end is freed
 * at the end of each turn.
 * Unit: seconds for TIMES times the operations of the trace.
 * Path: that of the program recorded, with nothing of its own work between: what an allocator gains here is the most
 * that the program can gain, and more than it will.
 * The replayer's own tables come from the kernel, and operations are read piece by piece: neither is in the way of the
 * allocator, and of the peak RSS only the tables' part in use. */
#define _GNU_SOURCE
#include "../loads/load.h"
#include "trace.h"

#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 4096, GLANCES = 1000, YIELDS = 1200 };

/* A slot holds the address of its object, with this bit if the object has no byte to look at. */
#define EMPTY_OBJECT ((uintptr_t)1)

static int file;
static struct head head;
static struct stream *streams;
/* Of each meeting the threads that come to it, and those that have. */
static uint32_t *expected;
static _Atomic uint32_t *arrived;
static _Atomic uintptr_t *shared;
/* For each thread its own slots. */
static uintptr_t **own;

/* Guards `running`, the number of threads that have not ended, the main thread not counted. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static unsigned running;

static void *map(size_t size)
{
    void *mapped = mmap(NULL, size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        stop("no memory for the tables");
    return mapped;
}

static void read_at(void *to, size_t size, uint64_t offset)
{
    if (pread(file, to, size, (off_t)offset) != (ssize_t)size)
        stop("the trace is cut off");
}

/* One turn of waiting: at first a glance, then the processor to others, then a sleep. */
static void wait_turn(unsigned *turn)
{
    if (++*turn < GLANCES)
        atomic_signal_fence(memory_order_seq_cst);
    else if (*turn < YIELDS)
        sched_yield();
    else
        nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
}

static void count_running(int change)
{
    pthread_mutex_lock(&lock);
    running += (unsigned)change;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&lock);
}

/* Returns what a slot holds of a new object, whose memory is used. */
static uintptr_t touched(void *object, size_t size, uint32_t slot)
{
    if (size == 0)
        return (uintptr_t)object | EMPTY_OBJECT;
    if (object == NULL)
        stop("malloc refused");
    use_pages(object, 0, size);
    *(volatile unsigned char *)object = (unsigned char)slot;
    return (uintptr_t)object;
}

/* Takes the object out of a slot, waiting for it if the slot is shared, and looks at its first byte. */
static void *fetch(uintptr_t *slots, struct op op)
{
    uintptr_t found;
    unsigned turn = 0;

    if (op.what & SHARED) {
        /* Acquire: what its thread wrote to the object is seen here. Pairs with the release in `keep`. */
        while ((found = atomic_load_explicit(&shared[op.slot], memory_order_acquire)) == 0)
            wait_turn(&turn);
        atomic_store_explicit(&shared[op.slot], 0, memory_order_relaxed);
    } else {
        found = slots[op.slot];
        slots[op.slot] = 0;
    }
    if ((found & EMPTY_OBJECT) == 0 && *(unsigned char *)found != (unsigned char)op.slot)
        stop("an object is not what was written to it");
    return (void *)(found & ~EMPTY_OBJECT);
}

static void keep(uintptr_t *slots, struct op op, void *object, size_t size)
{
    uintptr_t kept = touched(object, size, op.slot);
    if (op.what & SHARED)
        atomic_store_explicit(&shared[op.slot], kept, memory_order_release);
    else
        slots[op.slot] = kept;
}

/* Comes to a meeting, and waits for all who have not come to the one before. */
static void meet(uint32_t meeting)
{
    unsigned turn = 0;
    atomic_fetch_add(&arrived[meeting], 1);
    while (meeting > 0 && atomic_load(&arrived[meeting - 1]) < expected[meeting - 1])
        wait_turn(&turn);
}

static void *live(void *given);

/* Performs an operation. `before` holds what those said that stand before the one they mean: its alignment, the higher
 * part of its size, and the object that is resized to it. */
static void perform(struct op op, uintptr_t *slots, struct op before[OP_KINDS])
{
    uint32_t kind = op.what & KIND_MASK;
    size_t size = ((size_t)before[OP_LARGE].slot << VALUE_BITS) + (op.what >> VALUE_SHIFT);
    size_t align = (size_t)1 << (before[OP_ALIGN].what >> VALUE_SHIFT);
    char *object;

    switch (kind) {
    case OP_ALLOC:
        keep(slots, op, align == 1 ? malloc(size) : aligned_alloc(align, size), size);
        break;
    case OP_ZEROED:
        object = calloc(1, size);
        if (object != NULL && size > 0 && (object[0] != 0 || object[size - 1] != 0))
            stop("calloc gave memory that is not zero");
        keep(slots, op, object, size);
        break;
    case OP_RESIZE:
        object = fetch(slots, before[OP_FROM].what != 0 ? before[OP_FROM] : op);
        keep(slots, op, realloc(object, size), size);
        break;
    case OP_FREE:
        free(fetch(slots, op));
        return;
    case OP_START:
        count_running(1);
        pthread_detach(start_thread(live, (void *)(uintptr_t)op.slot));
        return;
    case OP_MEET:
        meet(op.slot);
        return;
    case OP_FROM:
    case OP_ALIGN:
    case OP_LARGE:
        before[kind] = op;
        return;
    default:
        stop("the trace has an operation that is none");
    }
    before[OP_FROM] = before[OP_ALIGN] = before[OP_LARGE] = (struct op){0, 0};
}

static void replay_stream(uint32_t thread)
{
    struct op piece[PIECE], before[OP_KINDS] = {{0, 0}};

    for (uint64_t done = 0; done < streams[thread].count;) {
        uint64_t left = streams[thread].count - done;
        size_t count = left < PIECE ? (size_t)left : PIECE;
        read_at(piece, count * sizeof piece[0], streams[thread].offset + done * sizeof piece[0]);
        for (size_t at = 0; at < count; at++)
            perform(piece[at], own[thread], before);
        done += count;
    }
}

static void *live(void *given)
{
    replay_stream((uint32_t)(uintptr_t)given);
    count_running(-1);
    return NULL;
}

static void free_rest(uintptr_t *slots, size_t count)
{
    for (size_t at = 0; at < count; at++) {
        free((void *)(slots[at] & ~EMPTY_OBJECT));
        slots[at] = 0;
    }
}

static void replay(void)
{
    for (uint32_t thread = 1; thread < head.threads; thread++)
        if (!streams[thread].started) {
            count_running(1);
            pthread_detach(start_thread(live, (void *)(uintptr_t)thread));
        }
    replay_stream(0);
    pthread_mutex_lock(&lock);
    while (running > 0)
        pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);

    for (uint32_t thread = 0; thread < head.threads; thread++)
        free_rest(own[thread], streams[thread].slots);
    free_rest((uintptr_t *)shared, head.shared_slots);
    for (uint32_t meeting = 0; meeting < head.meetings; meeting++)
        arrived[meeting] = 0;
}

int main(int argc, char **argv)
{
    size_t times = argument(argc, argv, 1, "TIMES");
    if (argc != 3 || (file = open(argv[2], O_RDONLY | O_CLOEXEC)) < 0)
        stop("TRACE cannot be opened");
    read_at(&head, sizeof head, 0);
    if (memcmp(head.magic, TRACE_MAGIC, sizeof head.magic) != 0 || head.threads == 0)
        stop("TRACE is no packed trace");

    size_t streams_size = head.threads * sizeof *streams;
    streams = map(streams_size);
    read_at(streams, streams_size, sizeof head);
    expected = map(head.meetings * sizeof *expected);
    read_at(expected, head.meetings * sizeof *expected, sizeof head + streams_size);
    arrived = map(head.meetings * sizeof *arrived);
    shared = map(head.shared_slots * sizeof *shared);
    own = map(head.threads * sizeof *own);
    for (uint32_t thread = 0; thread < head.threads; thread++)
        own[thread] = map(streams[thread].slots * sizeof *own[thread]);
    while (times-- > 0)
        replay();
    return 0;
}
