/* expect: exit 0
 * why:    POSIX PTHREAD_KEYS_MAX: a program may create that many keys; an allocator that takes one for itself breaks the
 *         program that needs them all. Values from the 33rd key on make libc allocate */
#include "../check.h"

static pthread_key_t keys[PTHREAD_KEYS_MAX];
static int destroyed;

static void destroy(void *value) {
    free(value);
    __atomic_add_fetch(&destroyed, 1, __ATOMIC_RELAXED);
}

static void *body(void *argument) {
    for (int i = PTHREAD_KEYS_MAX - 1; i >= 0; i--)
        CHECK_AT(pthread_setspecific(keys[i], malloc((size_t)i + 1)) == 0, i);
    return argument;
}

int main(void) {
    for (int i = 0; i < PTHREAD_KEYS_MAX; i++)
        CHECK_AT(pthread_key_create(&keys[i], destroy) == 0, i);
    for (int i = 0; i < 10; i++)
        join(start(body, NULL));
    CHECK_AT(destroyed == 10 * PTHREAD_KEYS_MAX, destroyed);
    for (int i = 0; i < PTHREAD_KEYS_MAX; i++)
        CHECK_AT(pthread_key_delete(keys[i]) == 0, i);
    return 0;
}
