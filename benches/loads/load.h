/* What every load shares: arguments, threads, random numbers, and a use of memory that no compiler removes.
 *
 * A load does a fixed amount of work, given by its first argument and shared by its threads, and measures nothing
 * itself: `launch` takes the wall time, CPU time and peak RSS of the whole process, so every load counts start and exit
 * too, as a user does. It exits with 1 when it finds memory other than it left it.
 * Loads are compiled with -O2 and -fno-builtin-{malloc,calloc,realloc,free}: each call reaches the allocator.
 * Every argument must be given; the driver's table (src/load.rs) holds the sizes in use. */
#ifndef LOAD_H
#define LOAD_H

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define PAGE ((size_t)4096)

static inline void stop(const char *why)
{
    fprintf(stderr, "load: %s\n", why);
    exit(1);
}

/* Returns the argument at `index` as a number above zero, or stops with its name. */
static inline size_t argument(int argc, char **argv, int index, const char *name)
{
    char *end = NULL;
    unsigned long long value;

    if (index >= argc) {
        fprintf(stderr, "load: argument %d missing: %s\n", index, name);
        exit(2);
    }
    errno = 0;
    value = strtoull(argv[index], &end, 10);
    if (errno != 0 || *end != '\0' || value == 0) {
        fprintf(stderr, "load: %s is not a number above zero: %s\n", name, argv[index]);
        exit(2);
    }
    return (size_t)value;
}

/* Allocates or stops: a load that ran out of memory has measured nothing. */
static inline void *take(size_t size)
{
    void *object = malloc(size);
    if (object == NULL)
        stop("malloc refused");
    return object;
}

/* Writes both ends of an object, as its user would; volatile, so the object cannot be optimised away. */
static inline void use(void *object, size_t size)
{
    volatile unsigned char *bytes = (volatile unsigned char *)object;
    bytes[0] = 1;
    bytes[size - 1] = 1;
}

/* Writes one byte in each page of `object[from, to)`: the memory becomes resident, the filling itself costs little. */
static inline void use_pages(void *object, size_t from, size_t to)
{
    volatile unsigned char *bytes = (volatile unsigned char *)object;
    for (size_t at = from; at < to; at += PAGE)
        bytes[at] = 1;
    bytes[to - 1] = 1;
}

/* Writes the size and a mark at both ends of an object of 5 bytes or more, for `check` to find. */
static inline void stamp(void *object, size_t size)
{
    volatile unsigned char *bytes = (volatile unsigned char *)object;
    uint32_t first = (uint32_t)size;

    memcpy(object, &first, sizeof first);
    bytes[size - 1] = (unsigned char)(size * 31 + 7);
}

/* Stops unless `object` is as `stamp` left it, and wipes that: of two objects over each other, and of one that two
 * owners have, the second check finds no stamp. */
static inline void check(void *object)
{
    volatile unsigned char *bytes = (volatile unsigned char *)object;
    uint32_t size, none = 0;

    memcpy(&size, object, sizeof size);
    if (size < 5 || bytes[size - 1] != (unsigned char)(size * 31 + 7))
        stop("an object is not what was written to it");
    memcpy(object, &none, sizeof none);
}

/* Random numbers: a Weyl sequence, mixed twice (SplitMix). The state is the seed, so loads repeat. */
static inline uint64_t draw(uint64_t *state)
{
    uint64_t mixed = (*state += 0x9e3779b97f4a7c15u);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

/* Returns a number in [0, limit) without a division; limit below 2^32. */
static inline size_t draw_below(uint64_t *state, size_t limit)
{
    return (size_t)(((draw(state) >> 32) * (uint64_t)limit) >> 32);
}

/* Returns a size in [low, high]. */
static inline size_t draw_size(uint64_t *state, size_t low, size_t high)
{
    return low + draw_below(state, high - low + 1);
}

static inline pthread_t start_thread(void *(*body)(void *), void *given)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, body, given) != 0)
        stop("pthread_create refused");
    return thread;
}

static inline void join_thread(pthread_t thread)
{
    if (pthread_join(thread, NULL) != 0)
        stop("pthread_join failed");
}

/* Returns the part of `work` that falls to thread `index` of `threads`. */
static inline size_t share(size_t work, size_t threads, size_t index)
{
    return work / threads + (index < work % threads);
}

/* Runs `body` on `threads` threads, each given its index, and waits. The main thread is number 0: with one thread
 * the process stays single-threaded. */
static inline void run_threads(size_t threads, void *(*body)(void *))
{
    pthread_t *others = (pthread_t *)take(threads * sizeof *others);
    for (size_t at = 1; at < threads; at++)
        others[at] = start_thread(body, (void *)(uintptr_t)at);
    body((void *)(uintptr_t)0);
    for (size_t at = 1; at < threads; at++)
        join_thread(others[at]);
    free(others);
}

#endif
