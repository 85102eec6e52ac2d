/* A well-behaved program for awkward places: four threads allocate in all the ways there are, from 1 byte to 6 MB,
 * verify what they wrote and that calloc cleared, and give all back; three times, with malloc_trim in between, so that
 * memory that could not be given to the kernel, or came back from it, is used again. Peak: some 60 MB.
 *
 *   churn           prints the sum of the sizes, which is the same in each run
 *   churn locked    calls mlockall(MCL_CURRENT | MCL_FUTURE) first, and prints whether it stayed small in memory */
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { THREADS = 4, SLOTS = 500, TURNS = 6000, ROUNDS = 3, MODEST_KB = 300 * 1024 };

struct slot {
    unsigned char *object;
    size_t size;
    unsigned char mark;
};

static void stop(const char *what) {
    fprintf(stderr, "churn: %s\n", what);
    exit(1);
}

static uint32_t draw(uint32_t *state, uint32_t below) {
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % below;
}

/* Mostly small, now and then hundreds of kilobytes, seldom megabytes. */
static size_t draw_size(uint32_t *state) {
    switch (draw(state, 400)) {
    case 0: return 1 + draw(state, 6000000);
    case 1 ... 10: return 1 + draw(state, 300000);
    case 11 ... 60: return 1 + draw(state, 20000);
    default: return 1 + draw(state, 400);
    }
}

/* Both ends and one byte of each page: what a purge, an overlap or a copy cut short would change. */
static int holds(const unsigned char *object, size_t size, unsigned char mark) {
    for (size_t i = 0; i < size; i += 4096)
        if (object[i] != mark) return 0;
    return object[size - 1] == mark;
}

static void release(struct slot *slot) {
    if (slot->object && !holds(slot->object, slot->size, slot->mark)) stop("an object changed");
    free(slot->object);
    slot->object = NULL;
}

static void acquire(struct slot *slot, uint32_t *state) {
    size_t size = draw_size(state);
    unsigned char *object;
    switch (draw(state, 4)) {
    case 0:
        object = calloc(1, size);
        for (size_t i = 0; object && i < size; i++)
            if (object[i] != 0) stop("calloc did not clear");
        break;
    case 1:
        if (slot->object) {
            size_t kept = size < slot->size ? size : slot->size;
            object = realloc(slot->object, size);
            slot->object = NULL;
            if (object && !holds(object, kept < 4096 ? 1 : kept & ~(size_t)4095, slot->mark))
                stop("realloc changed an object");
            break;
        } /* fallthrough */
    case 2: object = malloc(size); break;
    default: {
        size_t alignment = (size_t)16 << draw(state, 10);
        void *aligned = NULL;
        if (posix_memalign(&aligned, alignment, size) != 0 || (uintptr_t)aligned % alignment != 0)
            stop("posix_memalign");
        object = aligned;
    }
    }
    if (!object) stop("out of memory");
    release(slot);
    memset(object, slot->mark = (unsigned char)(1 + draw(state, 255)), size);
    slot->object = object;
    slot->size = size;
}

static void *work(void *number) {
    static __thread struct slot slots[SLOTS];
    uint32_t state = (uint32_t)(uintptr_t)number;
    size_t sum = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        struct slot *slot = &slots[draw(&state, SLOTS)];
        acquire(slot, &state);
        sum += slot->size;
        if (draw(&state, 3) == 0) release(&slots[draw(&state, SLOTS)]);
    }
    for (int i = 0; i < SLOTS; i++) release(&slots[i]);
    return (void *)sum;
}

static long resident_kb(void) {
    char line[128];
    long kb = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kb);
    if (status) fclose(status);
    return kb;
}

int main(int count, char **arguments) {
    int locked = count > 1 && strcmp(arguments[1], "locked") == 0;
    if (locked && mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        puts("mlockall is not allowed");
        return 77;
    }
    size_t sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        for (uintptr_t i = 0; i < THREADS; i++)
            if (pthread_create(&threads[i], NULL, work, (void *)(round * THREADS + i)) != 0) stop("pthread_create");
        for (int i = 0; i < THREADS; i++) {
            void *part;
            pthread_join(threads[i], &part);
            sum += (size_t)part;
        }
        malloc_trim(0);
    }
    printf("%zu bytes\n", sum);
    if (locked && resident_kb() > MODEST_KB) printf("%ld KB resident\n", resident_kb());
    return 0;
}
