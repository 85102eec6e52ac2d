/* expect: exit 0
 * why:    __thread variables hold objects that the thread's last key destructor frees: a whole life of small, medium and
 *         large objects per thread, none lost and none shared */
#include "../check.h"

enum { THREADS = 200, OBJECTS = 64 };

static __thread char *mine[OBJECTS];
static pthread_key_t key;

static size_t size_of(int i) { return (size_t)(i + 1) * (i + 1) * 97; }

static void at_exit(void *seed) {
    for (int i = 0; i < OBJECTS; i++) {
        CHECK_AT(holds(mine[i], size_of(i) < 500 ? size_of(i) : 500, (unsigned long)seed), i);
        free(mine[i]);
        mine[i] = NULL;
    }
}

static void *body(void *seed) {
    CHECK(pthread_setspecific(key, seed) == 0);
    for (int i = 0; i < OBJECTS; i++) {
        CHECK((mine[i] = malloc(size_of(i))) != NULL);
        fill(mine[i], size_of(i) < 500 ? size_of(i) : 500, (unsigned long)seed);
    }
    return NULL;
}

int main(void) {
    CHECK(pthread_key_create(&key, at_exit) == 0);
    for (int i = 0; i < THREADS; i += 4) {
        pthread_t threads[4];
        for (int j = 0; j < 4; j++)
            threads[j] = start(body, (void *)(uintptr_t)(i + j + 1));
        for (int j = 0; j < 4; j++)
            join(threads[j]);
    }
    CHECK_AT(resident_bytes() < 300 * MIB, resident_bytes());
    return 0;
}
