/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    the magazines of the threads that a fork lost, and those that were on their way between a thread and a depot, are the
 *         child's: once it has freed what the threads had, no more is live on average than about an object for each of them */
#define STORM_SIZES 1000
#define STORM_HELD 600
#include "storm.h"

enum { THREADS = 8, FORKS = 60 };

int main(void) {
    pthread_t threads[THREADS];
    size_t most = 0, sum = 0;
    size_t before = mallinfo2().uordblks;
    for (int i = 0; i < THREADS; i++)
        threads[i] = start(allocate_on, &tables[i]);
    int channel[2];
    CHECK(pipe(channel) == 0);
    for (int n = 0; n < FORKS; n++) {
        int status;
        usleep(500);
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            free_tables(THREADS);
            size_t after = mallinfo2().uordblks;
            size_t more = after > before ? after - before : 0;
            CHECK(quarry_check() == 0 && write(channel[1], &more, sizeof more) == sizeof more);
            _exit(0);
        }
        size_t more;
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
        CHECK(read(channel[0], &more, sizeof more) == sizeof more);
        most = more > most ? more : most;
        sum += more;
    }
    __atomic_store_n(&storm_ends, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < THREADS; i++)
        join(threads[i]);
    char text[100], *end = put_text(put_number(text, most, 10), " bytes live at most, ");
    end = put_text(put_number(end, sum / FORKS, 10), " on average\n");
    write_all(1, text, (size_t)(end - text));
    /* An object on its way and what libc keeps for each thread. A magazine would be 64 KiB or more: one may be caught in the few
     * instructions in which two change places, but not as a rule. */
    CHECK_AT(sum / FORKS <= THREADS * 3000, sum / FORKS);
    return 0;
}
