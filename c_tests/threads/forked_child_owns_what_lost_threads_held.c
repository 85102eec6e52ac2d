/* expect: exit 0
 * why:    threads that the fork lost held free objects in their magazines; generation after generation forks from a process
 *         with threads, and the youngest must not have grown by what each lost */
#include "../check.h"
#include <sys/wait.h>

enum { THREADS = 4, OBJECTS = 2000, GENERATIONS = 40 };

static pthread_barrier_t ready;

static void *body(void *argument) {
    static __thread void *live[OBJECTS];
    for (int i = 0; i < OBJECTS; i++) {
        CHECK((live[i] = malloc(1000)) != NULL);
        memset(live[i], 1, 1000);
    }
    for (int i = 0; i < OBJECTS; i++)
        free(live[i]);
    pthread_barrier_wait(&ready);
    pause();
    return argument;
}

int main(void) {
    for (int generation = 0; generation < GENERATIONS; generation++) {
        int status;
        pthread_barrier_init(&ready, NULL, THREADS + 1);
        for (int i = 0; i < THREADS; i++)
            start(body, NULL);
        pthread_barrier_wait(&ready);
        CHECK_AT(resident_bytes() < 128 * MIB, generation);
        pid_t child = fork();
        CHECK(child >= 0);
        if (child != 0) {
            CHECK_AT(waitpid(child, &status, 0) == child && status == 0, generation);
            _exit(0);
        }
    }
    return 0;
}
