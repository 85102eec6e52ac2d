/* What the tests of resident memory share. */
#ifndef MEMORY_H
#define MEMORY_H
#include "../check.h"
#include <sched.h>
#include <stdio.h>
#include <time.h>

static CHECK_UNUSED void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0)
        ;
}

/* A size between 16 bytes and 4 MiB, as likely in each doubling. */
static CHECK_UNUSED size_t mixed_size(uint64_t *random) {
    size_t size = (size_t)16 << next_random(random) % 18;
    return size + next_random(random) % size;
}

/* Touches every page. */
static CHECK_UNUSED void touch(void *p, size_t size) {
    for (size_t at = 0; at < size; at += 4096)
        ((volatile char *)p)[at] = 1;
}

/* Objects of mixed sizes in a list through themselves. */
struct link {
    struct link *next;
};

/* Allocates objects of mixed sizes, `bytes` in all, every page of them touched. */
static CHECK_UNUSED struct link *take_mixed(size_t bytes, uint64_t seed) {
    struct link *list = NULL;
    while (bytes > 0) {
        size_t size = mixed_size(&seed);
        struct link *link = malloc(size);
        CHECK_AT(link != NULL, size);
        touch(link, size);
        link->next = list;
        list = link;
        bytes -= size < bytes ? size : bytes;
    }
    return list;
}

static CHECK_UNUSED void give(struct link *list) {
    while (list != NULL) {
        struct link *next = list->next;
        free(list);
        list = next;
    }
}

/* Threads that wait for each other and for the main thread between their steps. */
static pthread_barrier_t step;

static CHECK_UNUSED void meet(void) { pthread_barrier_wait(&step); }

/* A little work: some objects of some sizes, a few hundred bytes to fifty KiB. */
static CHECK_UNUSED void work_lightly(uint64_t *random) {
    void *some[20];
    for (int i = 0; i < 20; i++) {
        size_t size = (size_t)200 << next_random(random) % 9;
        CHECK((some[i] = malloc(size)) != NULL);
        *(volatile char *)some[i] = 1;
    }
    for (int i = 0; i < 20; i++)
        free(some[i]);
}
#endif
