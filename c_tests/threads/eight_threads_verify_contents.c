/* expect: exit 0
 * why:    eight threads share one table: whoever takes an object out checks all of it, whoever puts one in fills all of it.
 *         An object handed out twice shows, whatever the timing */
#include "../check.h"

enum { THREADS = 8, SLOTS = 2000, STEPS = 40000 };

struct object { size_t size; unsigned long seed; unsigned char contents[]; };

static struct object *table[SLOTS];

static void release(struct object *p) {
    if (p != NULL)
        CHECK_AT(holds(p->contents, p->size, p->seed), p->size);
    free(p);
}

static struct object *create(uint64_t *random) {
    size_t size = next_random(random) % ((size_t)16 << next_random(random) % (next_random(random) % 64 ? 10 : 15));
    struct object *p = malloc(sizeof *p + size);
    CHECK(p != NULL);
    p->size = size;
    p->seed = (unsigned long)next_random(random);
    fill(p->contents, size, p->seed);
    return p;
}

static void *body(void *argument) {
    uint64_t random = (uint64_t)(uintptr_t)argument * 7919 + 1;
    for (int step = 0; step < STEPS; step++) {
        struct object *p = create(&random);
        release(__atomic_exchange_n(&table[next_random(&random) % SLOTS], p, __ATOMIC_ACQ_REL));
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    for (int i = 0; i < SLOTS; i++)
        release(table[i]);
    return 0;
}
