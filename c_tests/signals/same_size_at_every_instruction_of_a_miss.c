/* expect: exit 0
 * needs:  quarry
 * run:    preload
 * why:    a handler that allocates and frees objects of the very size interrupts malloc and free at each instruction behind the
 *         few of a hit: it is served, or the process stops by a line; no object is handed out twice and none is lost */
#include "step.h"

enum { KEPT = 300 };

static char *mine, *given, *handlers[6];
static size_t size;

static void one_malloc(void) { mine = malloc(size); }

static void one_free(void) {
    char *object = given;
    given = NULL;
    free(object);
}

/* More pops than pushes and the other way round, so that magazines run empty and full under the call. */
static void handler(void) {
    char *passing[20];
    for (int i = 0; i < 20; i++)
        CHECK((passing[i] = malloc(size)) != NULL);
    for (int i = 0; i < 20; i++)
        free(passing[i]);
    for (int i = 0; i < 6; i++) {
        CHECK((handlers[i] = malloc(size)) != NULL);
        mark(handlers[i], size, (unsigned)i);
    }
    free(handlers[5]);
    handlers[5] = NULL;
}

static void look_on(void) {
    static char *more[KEPT];
    if (mine != NULL)
        mark(mine, size, 99);
    for (int i = 0; i < KEPT; i++) {
        CHECK((more[i] = malloc(size)) != NULL);
        mark(more[i], size, 1000 + (unsigned)i);
    }
    CHECK(mine == NULL || is_marked(mine, size, 99));
    for (int i = 0; i < 5; i++)
        CHECK_AT(handlers[i] == NULL || is_marked(handlers[i], size, (unsigned)i), i);
    for (int i = 0; i < KEPT; i++) {
        CHECK_AT(is_marked(more[i], size, 1000 + (unsigned)i), i);
        free(more[i]);
    }
    for (int i = 0; i < 5; i++)
        free(handlers[i]);
    malloc_trim(0);
    /* Double frees would have shown in the slabs now. */
}

static char *many[KEPT];

int main(void) {
    const size_t sizes[] = {48, 20000, 200000};
    trial.handler = handler;
    trial.look = look_on;
    for (int i = 0; i < 3; i++) {
        size = sizes[i];
        trial.call = one_malloc;
        step_through();
        /* A free that finds a full magazine. */
        for (int j = 0; j < KEPT; j++)
            CHECK((many[j] = malloc(size)) != NULL);
        given = mine;
        mine = NULL;
        for (int j = 0; j < 8 << i; j++) {
            free(many[j]);
            many[j] = NULL;
        }
        trial.call = one_free;
        step_through();
        for (int j = 0; j < KEPT; j++)
            free(many[j]);
    }
    say_cases(boundaries);
#ifdef __x86_64__
    CHECK(served > 0 && stopped > 0);
#endif
    return 0;
}
