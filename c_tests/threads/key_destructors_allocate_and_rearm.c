/* expect: exit 0
 * why:    POSIX pthread_key_create: destructors are called again, up to PTHREAD_DESTRUCTOR_ITERATIONS times, while keys have
 *         values: ours may have run by then, and the thread still allocates and frees */
#include "../check.h"

enum { KEYS = 8, THREADS = 50 };

static pthread_key_t keys[KEYS];
static int calls;

static void destructor(void *value) {
    __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
    char *old = value, *p = malloc(3000);
    CHECK(p != NULL && holds(old, 1000, (unsigned long)old[1000]));
    free(old);
    char *next = malloc(1001);
    int index = (int)(uintptr_t)pthread_self() >> 12 & 7;
    CHECK(next != NULL);
    fill(next, 1000, (unsigned long)(next[1000] = (char)index));
    free(p);
    free(malloc(200000));
    for (int i = 0; i < KEYS; i++)
        if (pthread_getspecific(keys[i]) == NULL) {
            pthread_setspecific(keys[i], next);
            return;
        }
    free(next);
}

static void *body(void *argument) {
    for (int i = 0; i < KEYS; i++) {
        char *p = malloc(1001);
        CHECK(p != NULL);
        fill(p, 1000, (unsigned long)(p[1000] = (char)i));
        CHECK(pthread_setspecific(keys[i], p) == 0);
    }
    return argument;
}

int main(void) {
    for (int i = 0; i < KEYS; i++)
        CHECK(pthread_key_create(&keys[i], destructor) == 0);
    for (int i = 0; i < THREADS; i++)
        join(start(body, NULL));
    CHECK_AT(calls >= THREADS * KEYS * PTHREAD_DESTRUCTOR_ITERATIONS / 2, calls);
    return 0;
}
