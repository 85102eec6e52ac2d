/* expect: exit 0
 * modes:  default
 * why:    many threads allocate, one frees everything: the one must not hoard what the many need (they would grow by 600 MiB) */
#include "../check.h"

enum { THREADS = 6, ROUNDS = 100, BATCH = 1000, SIZE = 1000 };

static char *batches[THREADS][BATCH];
static pthread_barrier_t filled, emptied;

static void *body(void *argument) {
    int self = (int)(uintptr_t)argument;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < BATCH; i++) {
            CHECK((batches[self][i] = malloc(SIZE)) != NULL);
            memset(batches[self][i], self + 1, SIZE);
        }
        pthread_barrier_wait(&filled);
        pthread_barrier_wait(&emptied);
    }
    return NULL;
}

int main(void) {
    pthread_t threads[THREADS];
    pthread_barrier_init(&filled, NULL, THREADS + 1);
    pthread_barrier_init(&emptied, NULL, THREADS + 1);
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(body, (void *)(uintptr_t)i);
    for (int round = 0; round < ROUNDS; round++) {
        pthread_barrier_wait(&filled);
        for (int i = 0; i < THREADS; i++)
            for (int j = 0; j < BATCH; j++) {
                CHECK_AT(batches[i][j][0] == i + 1 && batches[i][j][SIZE - 1] == i + 1, round);
                free(batches[i][j]);
            }
        pthread_barrier_wait(&emptied);
    }
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    CHECK_AT(resident_bytes() < 100 * MIB, resident_bytes());
    return 0;
}
