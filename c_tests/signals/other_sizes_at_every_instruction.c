/* expect: exit 0
 * needs:  quarry
 * run:    preload
 * why:    a handler that allocates and frees objects of other sizes interrupts malloc and free at each instruction, of a hit and
 *         of a miss: it is served, or the process stops by a line; nothing is corrupted */
#include "step.h"

enum { KEPT = 40 };

static char *kept[KEPT], *mine, *given;
static size_t size;

static void one_malloc(void) { mine = malloc(size); }

static void one_free(void) {
    char *object = given;
    given = NULL;
    free(object);
}

/* The handler's objects stay, so that one which is handed out twice is seen. */
static char *handlers[4];

static void handler(void) {
    const size_t sizes[] = {100, 3000, 60000, 5 * MIB};
    for (int i = 0; i < 4; i++) {
        handlers[i] = malloc(sizes[i]);
        CHECK(handlers[i] != NULL);
        mark(handlers[i], sizes[i], (unsigned)i);
        free(malloc(sizes[i]));
    }
}

static void look_on(void) {
    const size_t sizes[] = {100, 3000, 60000, 5 * MIB};
    if (mine != NULL)
        memset(mine, 0xee, size);
    for (int i = 0; i < KEPT; i++)
        CHECK_AT(kept[i] == NULL || is_marked(kept[i], size, (unsigned)i), i);
    char *more[KEPT];
    for (int i = 0; i < KEPT; i++) {
        CHECK((more[i] = malloc(size)) != NULL);
        mark(more[i], size, 1000 + (unsigned)i);
    }
    for (int i = 0; i < 4; i++)
        if (handlers[i] != NULL) {
            CHECK_AT(is_marked(handlers[i], sizes[i], (unsigned)i), i);
            free(handlers[i]);
        }
    for (int i = 0; i < KEPT; i++) {
        CHECK_AT(is_marked(more[i], size, 1000 + (unsigned)i), i);
        free(more[i]);
    }
}

int main(void) {
    /* Classes of slabs with magazines, and of runs. The first malloc of a size finds no magazine, the second a loaded one. */
    const size_t sizes[] = {48, 20000, 200000};
    trial.handler = handler;
    trial.look = look_on;
    trial.hits = 1;
    for (int i = 0; i < 3; i++) {
        size = sizes[i];
        for (int turn = 0; turn < 2; turn++) {
            trial.call = one_malloc;
            step_through();
            given = mine;
            mine = NULL;
            trial.call = one_free;
            step_through();
        }
    }
    say_cases(boundaries);
    char text[200], *end = put_text(put_number(text, served, 10), " served, ");
    end = put_text(put_number(end, stopped, 10), " stopped\n");
    write_all(1, text, (size_t)(end - text));
#ifdef __x86_64__
    CHECK(served > 0 && stopped > 0);
#endif
    return 0;
}
