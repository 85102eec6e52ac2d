/* expect: exit 0
 * needs:  quarry
 * run:    preload
 * why:    a handler that forks interrupts malloc and free at each instruction of a hit and every seventh of a miss: parent and
 *         child go on with the interrupted call, allocate, free and end; nobody waits for a lock that is held by himself or by
 *         a thread that is not there */
#include "step.h"

static char *mine, *given, *before;
static size_t size;

static void one_malloc(void) { mine = malloc(size); }

static void one_free(void) {
    char *object = given;
    given = NULL;
    free(object);
}

static pid_t forked_here;

static void handler(void) {
    forked_here = fork();
    CHECK(forked_here >= 0);
}

/* In the parent and the child of the handler's fork alike. */
static void look_on(void) {
    if (mine != NULL)
        mark(mine, size, 5);
    CHECK(is_marked(before, 3000, 7));
    for (size_t bytes = 10; bytes < 300 * KIB; bytes *= 15) {
        char *p = malloc(bytes);
        CHECK_AT(p != NULL, bytes);
        mark(p, bytes, 1);
        CHECK(is_marked(p, bytes, 1));
        free(p);
    }
    CHECK(mine == NULL || is_marked(mine, size, 5));
    if (!is_copy)
        return;
    if (forked_here == 0) {
        /* The child may start threads too; now and then is enough, since it takes time. */
        static struct shadow shadow;
        if (boundaries % 64 == 0)
            threads_at_once(&shadow);
        CHECK(shadow.refused == 0);
        return;
    }
    int status;
    CHECK(waitpid(forked_here, &status, 0) == forked_here && status == 0);
}

int main(void) {
    CHECK((before = malloc(3000)) != NULL);
    mark(before, 3000, 7);
    const size_t sizes[] = {48, 5 * MIB};
    trial.handler = handler;
    trial.look = look_on;
    trial.hits = 1;
    /* All of them take two minutes; 7 meets each place sooner or later, since the calls differ in length. */
    trial.stride = 7;
    for (int i = 0; i < 2; i++) {
        size = sizes[i];
        trial.call = one_malloc;
        step_through();
        given = mine;
        mine = NULL;
        trial.call = one_free;
        step_through();
    }
    say_cases(boundaries);
#ifdef __x86_64__
    /* A process of one thread loses nobody, so all are served. */
    CHECK(served > 0 && stopped == 0);
#endif
    return 0;
}
