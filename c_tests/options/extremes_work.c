/* expect: exit 0
 * needs:  quarry
 * why:    each option at the ends of its range and in combination: the heap is slower or larger, never wrong */
#include "self.h"
#include "../names.h"

enum { OBJECTS = 3000 };

static int child(void) {
    static struct { char *p; size_t size; } live[OBJECTS];
    uint64_t random = 8;
    for (int step = 0; step < 60000; step++) {
        int i = (int)(next_random(&random) % OBJECTS);
        CHECK_AT(holds(live[i].p, live[i].size < 100 ? live[i].size : 100, (unsigned long)i), step);
        free(live[i].p);
        live[i].size = next_random(&random) % ((size_t)16 << next_random(&random) % 14);
        CHECK_AT((live[i].p = malloc(live[i].size)) != NULL, step);
        fill(live[i].p, live[i].size < 100 ? live[i].size : 100, (unsigned long)i);
        if (step % 10000 == 0)
            free(malloc(40 * MIB));
    }
    CHECK(quarry_check() == 0);
    return 0;
}

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1)
        return child();
    const char *confs[] = {"decay_ms:0",     "decay_ms:600000", "arena:16M",           "arena:16T",    "arena:0",
                           "magazine_rounds:1", "magazine_rounds:128", "thread_cache:0", "thread_cache:1G",
                           "arena:16M,magazine_rounds:1,thread_cache:0,decay_ms:0", "arena:64m,decay_ms:1"};
    for (size_t i = 0; i < sizeof confs / sizeof *confs; i++) {
        const struct outcome *outcome = run_self(confs[i], "child");
        if (outcome->size > 0)
            write_all(2, outcome->text, outcome->size);
        CHECK_AT(outcome->status == 0 && outcome->size == 0, i);
    }
    return 0;
}
