/* expect: exit 0
 * why:    POSIX pthread_exit: the process goes on until its last thread ends; the main thread's magazines are flushed and
 *         what it allocated lives on */
#include "../check.h"

static char *from_main;
static pthread_t main_thread;

static void *body(void *argument) {
    CHECK(pthread_join(main_thread, NULL) == 0);
    CHECK(holds(from_main, 10000, 4));
    free(from_main);
    for (int i = 0; i < 100000; i++)
        free(malloc((size_t)i % 5000));
    exit(0);
    return argument;
}

int main(void) {
    CHECK((from_main = malloc(10000)) != NULL);
    fill(from_main, 10000, 4);
    main_thread = pthread_self();
    start(body, NULL);
    pthread_exit(NULL);
}
