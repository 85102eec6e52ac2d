/* Takes objects until there are none left. They are chained through their first words, so that the test itself needs no
 * memory, and carry a mark at both ends. */
#ifndef EXHAUST_H
#define EXHAUST_H
#include "../check.h"
#include <sys/resource.h>

struct link {
    struct link *next;
    size_t number;
};

static CHECK_UNUSED void limit(int resource, size_t bytes) {
    struct rlimit limits = {bytes, bytes};
    CHECK_AT(setrlimit(resource, &limits) == 0, bytes);
}

/* Sets the limit and starts the program anew, so that the heap is born under it. Returns in the new life. */
static CHECK_UNUSED void restart_under(int resource, size_t bytes, char **arguments) {
    if (getenv("RESTARTED") != NULL)
        return;
    CHECK(setenv("RESTARTED", "yes", 1) == 0);
    limit(resource, bytes);
    execv("/proc/self/exe", arguments);
    CHECK(!"restarted");
}

/* Allocates objects of `size` bytes until that is refused, which must be with ENOMEM. */
static CHECK_UNUSED struct link *take_all(size_t size, size_t *count) {
    struct link *chain = NULL;
    *count = 0;
    for (;;) {
        errno = 0;
        struct link *object = malloc(size);
        if (object == NULL) {
            CHECK_AT(errno == ENOMEM, size);
            return chain;
        }
        object->next = chain;
        object->number = ++*count;
        ((char *)object)[size - 1] = size > sizeof *object ? (char)*count : ((char *)object)[size - 1];
        chain = object;
        CHECK_AT(*count * size < 64 * GIB, size); /* the limit limits */
    }
}

static CHECK_UNUSED void check_all(const struct link *chain, size_t size, size_t count) {
    for (; chain != NULL; chain = chain->next, count--)
        CHECK_AT(chain->number == count && (size == sizeof *chain || ((const char *)chain)[size - 1] == (char)count), size);
    CHECK_AT(count == 0, size);
}

static CHECK_UNUSED void free_all(struct link *chain) {
    while (chain != NULL) {
        struct link *next = chain->next;
        free(chain);
        chain = next;
    }
}

/* Exhausts memory with objects of `size` bytes, twice: what was freed must be there again. At least `least` bytes must be
 * had, so that a heap that refuses everything does not pass. */
static CHECK_UNUSED void exhaust(size_t size, size_t least) {
    size_t first, second;
    struct link *chain = take_all(size, &first);
    CHECK_AT(first * size >= least, size);
    check_all(chain, size, first);
    free_all(chain);
    chain = take_all(size, &second);
    CHECK_AT(second >= first - first / 4, size);
    check_all(chain, size, second);
    free_all(chain);
}

#endif
