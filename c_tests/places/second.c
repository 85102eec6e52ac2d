/* A second library to preload, of the kind that counts: it stands before open, malloc and free, and calls the next of
 * the name. At exit it tells how often the program itself called open; malloc and free it counts only when the loader
 * put it before the allocator, so of them it tells nothing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static atomic_long opens, objects;

int open(const char *path, int flags, ...) {
    int (*next)(const char *, int, mode_t) = (int (*)(const char *, int, mode_t))dlsym(RTLD_NEXT, "open");
    atomic_fetch_add(&opens, 1);
    return next(path, flags, (mode_t)0644);
}

int open64(const char *, int, ...) __attribute__((alias("open")));

void *malloc(size_t size) {
    void *(*next)(size_t) = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    atomic_fetch_add(&objects, 1);
    return next(size);
}

void free(void *object) {
    void (*next)(void *) = (void (*)(void *))dlsym(RTLD_NEXT, "free");
    if (object) atomic_fetch_sub(&objects, 1);
    next(object);
}

__attribute__((destructor)) static void tell(void) {
    dprintf(1, "%ld opens\n", atomic_load(&opens));
}
