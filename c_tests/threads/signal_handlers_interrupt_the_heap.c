/* expect: exit 0
 * why:    a handler that does not allocate may interrupt malloc at any instruction: the
 *         interrupted call goes on as if nothing had been */
#include "../check.h"
#include <signal.h>
#include <sys/time.h>

static volatile sig_atomic_t ticks;

static void tick(int signal_number) {
    int error = errno;
    ticks += signal_number == SIGALRM;
    errno = error;
}

int main(void) {
    static char *live[500];
    uint64_t random = 6;
    struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    signal(SIGALRM, tick);
    setitimer(ITIMER_REAL, &often, NULL);
    while (ticks < 300) {
        int i = (int)(next_random(&random) % 500);
        if (live[i] != NULL)
            CHECK_AT(live[i][0] == (char)i, i);
        free(live[i]);
        CHECK((live[i] = malloc(next_random(&random) % ((size_t)16 << next_random(&random) % 17) + 1)) != NULL);
        live[i][0] = (char)i;
        if (next_random(&random) % 10000 == 0)
            malloc_trim(0);
    }
    setitimer(ITIMER_REAL, &never, NULL);
    for (int i = 0; i < 500; i++)
        free(live[i]);
    return 0;
}
