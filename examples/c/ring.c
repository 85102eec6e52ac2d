/* Pages as a ring buffer: one thread writes bytes, another reads them, and neither waits for a lock.
 *
 * A ring wants memory whose size is a power of two, so that a position that only ever grows becomes an offset with one `and`.
 * The buddy system gives just that: 2^order pages, and aligned to their size besides, so that the ring fills whole pages and
 * cache lines and shares none with anything else.
 *
 * One writer and one reader need no lock: each moves only its own position. What the writer stored must be seen by a reader
 * who sees the new position, so the position is stored with release order and loaded with acquire order.
 *
 * usage: ring [mebibytes] */
#include <quarry.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ORDER = 4, MESSAGE = 1000 };

struct ring {
    unsigned char *bytes;
    size_t size; /* a power of two */
    /* Each on a cache line of its own: the writer's and the reader's processor do not take it from each other. */
    _Alignas(64) atomic_size_t written; /* bytes ever written */
    _Alignas(64) atomic_size_t read;    /* bytes ever read; written - read of them are in the ring */
};

static struct ring ring;
static size_t total;

/* Copies `count` bytes to or from position `at`, in two pieces where the ring ends in between. */
static void copy_in(size_t at, const unsigned char *from, size_t count) {
    size_t offset = at & (ring.size - 1), first = ring.size - offset < count ? ring.size - offset : count;
    memcpy(ring.bytes + offset, from, first);
    memcpy(ring.bytes, from + first, count - first);
}

static void copy_out(unsigned char *to, size_t at, size_t count) {
    size_t offset = at & (ring.size - 1), first = ring.size - offset < count ? ring.size - offset : count;
    memcpy(to, ring.bytes + offset, first);
    memcpy(to + first, ring.bytes, count - first);
}

static void *write_all(void *unused) {
    unsigned char message[MESSAGE];
    for (size_t at = 0; at < total; at += MESSAGE) {
        for (size_t i = 0; i < MESSAGE; i++)
            message[i] = (unsigned char)((at + i) % 251);
        /* Acquire: the reader is done with the bytes that it has passed, so they may be written over. */
        while (at + MESSAGE - atomic_load_explicit(&ring.read, memory_order_acquire) > ring.size)
            sched_yield(); /* full */
        copy_in(at, message, MESSAGE);
        atomic_store_explicit(&ring.written, at + MESSAGE, memory_order_release);
    }
    return unused;
}

/* Returns how many bytes were not what was sent. */
static size_t read_all(void) {
    unsigned char message[MESSAGE];
    size_t wrong = 0;
    for (size_t at = 0; at < total; at += MESSAGE) {
        /* Acquire: the bytes before this position are written. */
        while (atomic_load_explicit(&ring.written, memory_order_acquire) - at < MESSAGE)
            sched_yield(); /* empty */
        copy_out(message, at, MESSAGE);
        atomic_store_explicit(&ring.read, at + MESSAGE, memory_order_release);
        for (size_t i = 0; i < MESSAGE; i++)
            wrong += message[i] != (unsigned char)((at + i) % 251);
    }
    return wrong;
}

int main(int argc, char **argv) {
    size_t mebibytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 64;
    total = (mebibytes << 20) / MESSAGE * MESSAGE;
    ring.size = (size_t)4096 << ORDER;
    ring.bytes = quarry_alloc_pages(ORDER);
    if (ring.bytes == NULL) {
        perror("quarry_alloc_pages");
        return 1;
    }
    printf("A ring of %zu KiB at %p, which is a multiple of %zu KiB: %s.\n", ring.size >> 10, (void *)ring.bytes, ring.size >> 10,
           (uintptr_t)ring.bytes % ring.size == 0 ? "yes" : "no");

    struct timespec begin, end;
    pthread_t writer;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (pthread_create(&writer, NULL, write_all, NULL) != 0)
        return 1;
    size_t wrong = read_all();
    pthread_join(writer, NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);

    double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    printf("%zu bytes went through it in messages of %d, %.0f MiB/s; %zu of them wrong.\n", total, MESSAGE,
           (double)total / seconds / (1 << 20), wrong);
    quarry_free_pages(ring.bytes, ORDER); /* the order is the caller's to remember: pages carry no header */
    return wrong != 0;
}
