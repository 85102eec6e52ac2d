/* Small loads that between them use every function of the library, against a shadow: whatever the kernel refuses, a call gives
 * an object or refuses with ENOMEM, and no object loses a byte. */
#ifndef LOADS_H
#define LOADS_H
#include "../check.h"
#include "../../include/quarry.h"
#include <sys/wait.h>

#ifndef QUARRY_LINKED
#pragma weak quarry_check
#pragma weak quarry_malloc
#pragma weak quarry_alloc_pages
#pragma weak quarry_get_zeroed_pages
#pragma weak quarry_alloc_pages_exact
#pragma weak quarry_free_pages
#pragma weak quarry_free_pages_exact
#pragma weak quarry_kmalloc
#pragma weak quarry_krealloc
#pragma weak quarry_kfree
#pragma weak quarry_vmalloc
#pragma weak quarry_vzalloc
#pragma weak quarry_vrealloc
#pragma weak quarry_vfree
#pragma weak quarry_areas
#pragma weak quarry_owns
#pragma weak quarry_cache_create
#pragma weak quarry_cache_alloc
#pragma weak quarry_cache_free
#pragma weak quarry_cache_alloc_bulk
#pragma weak quarry_cache_free_bulk
#pragma weak quarry_cache_reap
#pragma weak quarry_cache_destroy
#endif

enum { OBJECTS = 700, ENDS = 96 };

/* What a load holds. */
struct shadow {
    struct {
        char *p;
        size_t size;
    } objects[OBJECTS];
    unsigned count;
    size_t served, refused;
};

/* The bytes that are watched: all of a small object, both ends of a large one. */
static void mark(char *p, size_t size, unsigned long seed) {
    size_t end = size < ENDS ? size : ENDS;
    fill(p, end, seed);
    fill(p + size - end, end, seed + 1);
}

static int is_marked(const char *p, size_t size, unsigned long seed) {
    size_t end = size < ENDS ? size : ENDS;
    return (size < 2 * ENDS || holds(p, end, seed)) && holds(p + size - end, end, seed + 1);
}

/* A call gave `p`, or refused, which is counted. Returns whether it gave. */
static int is_served(struct shadow *shadow, const void *p) {
    CHECK(p != NULL || errno == ENOMEM);
    *(p != NULL ? &shadow->served : &shadow->refused) += 1;
    return p != NULL;
}

/* Writes down an object that a call gave. */
static void keep(struct shadow *shadow, void *p, size_t size) {
    if (!is_served(shadow, p))
        return;
    CHECK(shadow->count < OBJECTS);
    mark(p, size, shadow->count);
    shadow->objects[shadow->count].p = p;
    shadow->objects[shadow->count++].size = size;
}

/* Every object is as it was left. */
static void look(const struct shadow *shadow) {
    for (unsigned i = 0; i < shadow->count; i++)
        CHECK_AT(is_marked(shadow->objects[i].p, shadow->objects[i].size, i), i);
}

/* Checks and takes the last object out of the shadow, for its caller to free. */
static char *last(struct shadow *shadow, size_t *size) {
    unsigned i = --shadow->count;
    CHECK_AT(is_marked(shadow->objects[i].p, shadow->objects[i].size, i), i);
    if (size != NULL)
        *size = shadow->objects[i].size;
    return shadow->objects[i].p;
}

static void free_all(struct shadow *shadow) {
    while (shadow->count > 0)
        free(last(shadow, NULL));
}

#define ASK(call) (errno = 0, (call))

static void small_objects(struct shadow *shadow) {
    for (int i = 0; i < 400; i++)
        keep(shadow, ASK(malloc(48)), 48);
    for (int i = 0; i < 200 && shadow->count > 0; i++)
        free(last(shadow, NULL));
    for (int i = 0; i < 200; i++)
        keep(shadow, ASK(malloc(56)), 56);
    free_all(shadow);
}

static void every_size(struct shadow *shadow) {
    for (size_t size = 1; size < 9 * MIB; size += size / 3 + 1)
        for (int i = 0; i < 2; i++)
            keep(shadow, ASK(malloc(size)), size);
    look(shadow);
    free_all(shadow);
}

static void zero_bytes(struct shadow *shadow) {
    for (int turn = 0; turn < 2; turn++) {
        for (size_t size = 24; size < 6 * MIB; size = size * 6 + 3) {
            char *p = ASK(calloc(1, size));
            CHECK_AT(p == NULL || (is_zero(p, size < 9000 ? size : 9000) && is_zero(p + size - size / 9, size / 9)), size);
            keep(shadow, p, size);
        }
        free_all(shadow);
    }
}

/* Resizes the last object of the shadow; what it held up to the lesser size is kept, or all of it if it is refused. */
static void resize_last(struct shadow *shadow, size_t to, void *(*resize)(void *, size_t)) {
    size_t from;
    if (shadow->count == 0)
        return;
    unsigned seed = shadow->count - 1;
    char *old = last(shadow, &from), *p = ASK(resize(old, to));
    if (!is_served(shadow, p)) {
        CHECK_AT(is_marked(old, from, seed), to);
        p = old, to = from;
    }
    CHECK_AT(to < from || from < 2 * ENDS || holds(p, ENDS, seed), to);
    mark(p, to, seed);
    shadow->objects[seed].p = p;
    shadow->objects[seed].size = to;
    shadow->count++;
}

static void resized(struct shadow *shadow) {
    for (size_t from = 40; from < 6 * MIB; from *= 300) {
        keep(shadow, ASK(malloc(from)), from);
        keep(shadow, ASK(malloc(from)), from);
        for (size_t to = from; to < 15 * MIB; to = to * 5 + 11)
            resize_last(shadow, to, realloc);
        for (size_t to = 7 * MIB; to > 50; to /= 9)
            resize_last(shadow, to, realloc);
    }
    look(shadow);
    free_all(shadow);
}

static void aligned(struct shadow *shadow) {
    for (size_t align = 32; align <= 16 * MIB; align *= 8)
        for (size_t size = 100; size < 9 * MIB; size *= 70) {
            void *p = NULL;
            errno = 77;
            int error = posix_memalign(&p, align, size);
            CHECK_AT((error == 0 || (error == ENOMEM && p == NULL)) && errno == 77, error);
            CHECK_AT((uintptr_t)p % align == 0, align);
            errno = error;
            keep(shadow, p, size);
            p = ASK(aligned_alloc(align, size));
            CHECK_AT((uintptr_t)p % align == 0, align);
            keep(shadow, p, size);
        }
    free_all(shadow);
}

static void large_runs(struct shadow *shadow) {
    for (int turn = 0; turn < 2; turn++) {
        for (size_t size = 5 * MIB; size < 300 * MIB; size = size * 2 + MIB)
            keep(shadow, ASK(malloc(size)), size);
        look(shadow);
        free_all(shadow);
    }
}

static void huge_areas(struct shadow *shadow) {
    for (int i = 0; i < 2; i++)
        keep(shadow, ASK(malloc(GIB + 5 * MIB)), GIB + 5 * MIB);
    resize_last(shadow, 5 * MIB, realloc);
    resize_last(shadow, GIB + MIB, realloc);
    void *p = ASK(memalign(8 * MIB, 9 * MIB));
    CHECK((uintptr_t)p % (8 * MIB) == 0);
    keep(shadow, p, 9 * MIB);
    look(shadow);
    free_all(shadow);
}

static void regions(struct shadow *shadow) {
    for (int i = 0; i < 4; i++) {
        size_t size = (size_t)(i + 1) * 70000;
        char *p = ASK(i % 2 == 0 ? quarry_vmalloc(size) : quarry_vzalloc(size));
        CHECK(p == NULL || is_zero(p, size));
        keep(shadow, p, size);
        for (size_t to = 4096; to < 5 * MIB; to *= 31)
            resize_last(shadow, to, quarry_vrealloc);
    }
    look(shadow);
    while (shadow->count > 0)
        quarry_vfree(last(shadow, NULL));
}

static void pages(struct shadow *shadow) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size;
    for (unsigned order = 0; order <= 10; order++) {
        void *p = ASK(order % 2 == 0 ? quarry_alloc_pages(order) : quarry_get_zeroed_pages(order));
        CHECK_AT((uintptr_t)p % (page << order) == 0, order);
        keep(shadow, p, page << order);
    }
    look(shadow);
    while (shadow->count > 0) {
        char *p = last(shadow, &size);
        quarry_free_pages(p, (unsigned)__builtin_ctzl(size / page));
    }
    for (size = 5; size < 20 * MIB; size = size * 11)
        keep(shadow, ASK(quarry_alloc_pages_exact(size)), size);
    while (shadow->count > 0) {
        char *p = last(shadow, &size);
        quarry_free_pages_exact(p, size);
    }
}

static void *resize_zeroed(void *p, size_t size) { return quarry_krealloc(p, size, QUARRY_ZERO); }

static void bytes_with_flags(struct shadow *shadow) {
    const unsigned flags[] = {0, QUARRY_ZERO, QUARRY_HUGE, QUARRY_HUGE | QUARRY_ZERO};
    for (unsigned i = 0; i < 4; i++)
        for (size_t size = 60; size < 6 * MIB; size *= 95) {
            char *p = ASK(quarry_kmalloc(size, flags[i]));
            CHECK(p == NULL || !(flags[i] & QUARRY_ZERO) || is_zero(p, size));
            keep(shadow, p, size);
            resize_last(shadow, size * 3, resize_zeroed);
            /* Refuses when nothing is at hand, which is no sign of anything. */
            p = ASK(quarry_kmalloc(size, QUARRY_NOWAIT));
            if (p != NULL)
                keep(shadow, p, size);
            else
                CHECK(errno == ENOMEM);
        }
    keep(shadow, ASK(quarry_kmalloc(3 * MIB, QUARRY_HUGE)), 3 * MIB);
    look(shadow);
    while (shadow->count > 0)
        quarry_kfree(last(shadow, NULL));
}

enum { CONSTRUCTED = 0x5a };

static int construct(void *object, void *live) {
    memset(object, CONSTRUCTED, 200);
    ++*(long *)live;
    return 0;
}

static void destruct(void *object, void *live) {
    CHECK(*(unsigned char *)object == CONSTRUCTED && ((unsigned char *)object)[199] == CONSTRUCTED);
    --*(long *)live;
}

static void object_caches(struct shadow *shadow) {
    long live = 0;
    void *objects[300];
    size_t count = 0;
    quarry_cache *cache = ASK(quarry_cache_create("faults", 200, 0, construct, destruct, NULL, &live, 0));
    if (!is_served(shadow, cache))
        return;
    for (int i = 0; i < 200; i++) {
        objects[count] = ASK(quarry_cache_alloc(cache));
        if (is_served(shadow, objects[count]))
            count++;
    }
    /* All or none. */
    size_t more = ASK(quarry_cache_alloc_bulk(cache, 100, objects + count));
    CHECK(more == 100 || (more == 0 && errno == ENOMEM));
    count += more;
    for (size_t i = 0; i < count; i++)
        CHECK_AT(((unsigned char *)objects[i])[0] == CONSTRUCTED && ((unsigned char *)objects[i])[199] == CONSTRUCTED, i);
    CHECK((size_t)live >= count);
    quarry_cache_free_bulk(cache, count / 2, objects);
    for (size_t i = count / 2; i < count; i++)
        quarry_cache_free(cache, objects[i]);
    quarry_cache_reap(cache);
    CHECK(quarry_cache_destroy(cache) == 0 && live == 0);
}

static void trimmed(struct shadow *shadow) {
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < 60; i++)
            keep(shadow, ASK(malloc(30000)), 30000);
        for (int i = 0; i < 4; i++)
            keep(shadow, ASK(malloc(3 * MIB)), 3 * MIB);
        free_all(shadow);
        malloc_trim(turn == 1 ? MIB : 0);
        char *p = ASK(calloc(3, MIB));
        CHECK(p == NULL || (is_zero(p, 100000) && is_zero(p + MIB, 100000) && is_zero(p + 3 * MIB - 100000, 100000)));
        keep(shadow, p, 3 * MIB);
    }
    free_all(shadow);
}

static void *body(void *argument) {
    struct shadow *shadow = argument;
    for (size_t size = 16; size < 60000; size = size * 2 + 8)
        for (int i = 0; i < 12; i++)
            keep(shadow, ASK(malloc(size)), size);
    look(shadow);
    while (shadow->count > 20)
        free(last(shadow, NULL));
    return NULL;
}

enum { TEAM = 3 };

/* What the threads leave is freed by whoever started them: `together` at once, or one after the other. */
static void in_threads(struct shadow *shadow, int together) {
    static struct shadow others[TEAM];
    pthread_t threads[TEAM];
    int started[TEAM];
    memset(others, 0, sizeof others);
    for (int i = 0; i < TEAM; i++) {
        /* libc takes its memory for a thread from us. */
        int error = pthread_create(&threads[i], NULL, body, &others[i]);
        CHECK_AT(error == 0 || error == EAGAIN || error == ENOMEM, error);
        started[i] = error == 0;
        shadow->refused += error != 0;
        if (started[i] && !together)
            join(threads[i]);
    }
    body(shadow);
    for (int i = 0; i < TEAM; i++) {
        if (started[i] && together)
            join(threads[i]);
        free_all(&others[i]);
        shadow->served += others[i].served;
        shadow->refused += others[i].refused;
    }
    free_all(shadow);
}

static void threads_at_once(struct shadow *shadow) { in_threads(shadow, 1); }

static void threads_in_turn(struct shadow *shadow) { in_threads(shadow, 0); }

/* The child frees what its parent holds, and forks again. */
static void forked(struct shadow *shadow) {
    int status;
    body(shadow);
    pid_t child = fork();
    if (child == 0) {
        body(shadow);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            free_all(shadow);
            CHECK(quarry_check() == 0);
            _exit(0);
        }
        CHECK(grandchild < 0 || (waitpid(grandchild, &status, 0) == grandchild && status == 0));
        free_all(shadow);
        CHECK(quarry_check() == 0);
        _exit(0);
    }
    CHECK(child < 0 || (waitpid(child, &status, 0) == child && status == 0));
    free_all(shadow);
}

static int count_area(const quarry_area *area, void *count) {
    CHECK(area->kind >= QUARRY_AREA_ARENA && area->kind <= QUARRY_AREA_REGION);
    ++*(size_t *)count;
    return 0;
}

static void reports(struct shadow *shadow) {
    size_t areas = 0;
    quarry_place place;
    body(shadow);
    quarry_areas(count_area, &areas);
    if (shadow->count > 0) {
        CHECK(areas > 0);
        CHECK(quarry_owns(shadow->objects[0].p, &place) == 1 && place.state == QUARRY_PLACE_IN_USE);
        CHECK(malloc_usable_size(shadow->objects[0].p) >= shadow->objects[0].size);
        struct mallinfo2 info = mallinfo2();
        CHECK(info.uordblks > 0);
    }
    int error = dup(2), nowhere = open("/dev/null", O_WRONLY);
    CHECK(error >= 0 && nowhere >= 0 && dup2(nowhere, 2) == 2);
    malloc_stats();
    CHECK(dup2(error, 2) == 2);
    close(error);
    close(nowhere);
    free_all(shadow);
}

static const struct load {
    const char *name;
    void (*run)(struct shadow *);
} LOADS[] = {
    {"small objects", small_objects},
    {"every size", every_size},
    {"zero bytes", zero_bytes},
    {"resized", resized},
    {"aligned", aligned},
    {"large runs", large_runs},
    {"huge areas", huge_areas},
    {"regions", regions},
    {"pages", pages},
    {"bytes with flags", bytes_with_flags},
    {"object caches", object_caches},
    {"trimmed", trimmed},
    {"threads at once", threads_at_once},
    {"threads in turn", threads_in_turn},
    {"forked", forked},
    {"reports", reports},
};

enum { LOAD_COUNT = sizeof LOADS / sizeof LOADS[0] };

/* Once memory is back, the load runs without a refusal and leaves a sound heap. */
static CHECK_UNUSED void all_is_well(const struct load *load) {
    static struct shadow again;
    CHECK(quarry_check() == 0);
    load->run(&again);
    CHECK_AT(again.refused == 0 && again.served > 0 && again.count == 0, load - LOADS);
    CHECK(quarry_check() == 0);
    malloc_trim(0);
    CHECK(quarry_check() == 0);
}

/* Runs a case in a child of its own; returns its status, which must be an exit. */
static CHECK_UNUSED int in_child(const struct load *load, int (*body)(const struct load *)) {
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(50); /* a deadlock here ends as a signal there */
        _exit(body(load));
    }
    CHECK_AT(waitpid(child, &status, 0) == child && WIFEXITED(status), load - LOADS);
    CHECK_AT(WEXITSTATUS(status) != 1, load - LOADS);
    return WEXITSTATUS(status);
}

/* Ends a test: says how many cases it tried. */
static CHECK_UNUSED void say_cases(unsigned long cases) {
    char text[64], *end = put_text(put_number(text, cases, 10), " cases\n");
    write_all(1, text, (size_t)(end - text));
}

#endif
