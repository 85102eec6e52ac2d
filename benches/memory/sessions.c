/* sessions HOURS THREADS SCALE: a server at work for HOURS of its own time, which pass as fast as the machine can make them.
 *
 * The server's state lies in eight shards. Each thread takes the next shard, does what a second of its time brings, and gives it
 * back, so that objects are freed by other threads than allocated them. A second brings SCALE requests and:
 *   - a request: 20 to 60 objects of 16 B to 8 KiB that are freed together at its end, most with the first words of a new or a
 *     living session;
 *   - a session: 4 to 20 objects of 32 B to 2 KiB, alive for 10 minutes on average, few for hours; it grows as it lives;
 *   - a cache of values of 100 B to 32 KiB: a miss replaces a random one;
 *   - a log: a buffer that grows by realloc from 4 KiB to 256 KiB, dropped every five minutes;
 *   - every hour tables of settings are read anew: 2,000 objects, the old ones dropped after the new are there.
 * Requests come and go over the hours, twice as many at noon as at midnight of every four hours.
 * Marks: quarter, half, three-quarters, whole, of the time; end, with everything freed. Figure: growth from the quarter to
 * the whole, both at the same time of day.
 * Path: a long-running mix whose live size stays: fragmentation, and memory that drifts up. */
#include "memory.h"

#include <math.h>

enum {
    SHARDS = 8,
    SESSIONS = 8192,
    VALUES = 1024,
    SETTINGS = 2000,
    SECOND_LEAST = 20,
    DAY = 4 * 3600,
    LOG_FIRST = 4 << 10,
    LOG_LAST = 256 << 10,
    LOG_SECONDS = 300,
    SESSION_SECONDS = 600,
};

struct session {
    uint64_t ends;
    struct linked *objects;
};

struct shard {
    pthread_mutex_t lock;
    uint64_t random, second;
    /* Sessions in no order, the first `alive` of them there. */
    struct session sessions[SESSIONS];
    size_t alive;
    void *values[VALUES];
    void *log;
    size_t log_size;
    struct linked *settings;
};

static struct shard *shards[SHARDS];
static size_t threads, scale, seconds;
/* Threads meet at every quarter of the time. */
static pthread_barrier_t quarter_over, goes_on;

static void read_settings(struct shard *shard)
{
    struct linked *old = shard->settings;
    shard->settings = NULL;
    for (size_t at = 0; at < SETTINGS; at++)
        link_object(&shard->settings, draw_mixed(&shard->random, 24, 4096));
    free_list(&old, 24, 4096);
}

static void add_to_session(struct shard *shard, struct session *session, size_t objects)
{
    for (size_t at = 0; at < objects; at++)
        link_object(&session->objects, draw_mixed(&shard->random, 32, 2048));
}

static void begin_session(struct shard *shard)
{
    if (shard->alive == SESSIONS)
        return;
    struct session *session = &shard->sessions[shard->alive++];
    double part = (double)(draw(&shard->random) >> 11) * 0x1p-53;
    /* One in fifty stays for hours. */
    double mean = draw_below(&shard->random, 50) == 0 ? 12.0 * SESSION_SECONDS : SESSION_SECONDS;
    session->ends = shard->second + 1 + (uint64_t)(-log(1 - part) * mean);
    session->objects = NULL;
    add_to_session(shard, session, draw_size(&shard->random, 4, 20));
}

static void end_sessions(struct shard *shard, uint64_t before)
{
    for (size_t at = 0; at < shard->alive;) {
        if (shard->sessions[at].ends > before) {
            at++;
            continue;
        }
        free_list(&shard->sessions[at].objects, 32, 2048);
        shard->sessions[at] = shard->sessions[--shard->alive];
    }
}

static void write_log(struct shard *shard, size_t bytes)
{
    if (shard->log_size + bytes > LOG_LAST)
        return;
    void *larger = realloc(shard->log, shard->log_size + bytes);
    if (larger == NULL)
        stop("realloc refused");
    use_pages(larger, shard->log_size, shard->log_size + bytes);
    shard->log = larger;
    shard->log_size += bytes;
}

static void drop_log(struct shard *shard)
{
    free(shard->log);
    shard->log = take(LOG_FIRST);
    use_pages(shard->log, 0, LOG_FIRST);
    shard->log_size = LOG_FIRST;
}

static void request(struct shard *shard)
{
    struct linked *objects = NULL;

    for (size_t left = draw_size(&shard->random, 20, 60); left > 0; left--)
        link_object(&objects, draw_mixed(&shard->random, 16, 8192));
    if (shard->alive > 0 && draw_below(&shard->random, 4) != 0)
        add_to_session(shard, &shard->sessions[draw_below(&shard->random, shard->alive)], 1);
    else
        begin_session(shard);
    if (draw_below(&shard->random, 3) == 0) {
        void **value = &shard->values[draw_below(&shard->random, VALUES)];
        size_t size = draw_mixed(&shard->random, 100, 32768);
        free(*value);
        *value = take(size);
        use_pages(*value, 0, size);
    }
    write_log(shard, draw_size(&shard->random, 60, 400));
    free_list(&objects, 16, 8192);
}

/* Does what one second brings. */
static void pass_second(struct shard *shard)
{
    double hour = (double)(shard->second % DAY) / DAY;
    size_t requests = (size_t)((double)scale * (1.5 - 0.5 * cos(hour * 2 * 3.14159265358979)));

    if (shard->second % 3600 == 0)
        read_settings(shard);
    if (shard->second % LOG_SECONDS == 0)
        drop_log(shard);
    if (shard->second % SECOND_LEAST == 0)
        end_sessions(shard, shard->second);
    while (requests-- > 0)
        request(shard);
    shard->second++;
}

static void *serve(void *given)
{
    size_t index = (uintptr_t)given, at = index;

    for (size_t quarter = 1; quarter <= 4; quarter++) {
        for (size_t finished = 0; finished < SHARDS; at++) {
            struct shard *shard = shards[at % SHARDS];
            pthread_mutex_lock(&shard->lock);
            /* A minute at a time: threads hand shards on about as often as a pool of workers would. */
            uint64_t until = shard->second + 60, last = seconds * quarter / 4;
            finished = shard->second < last ? 0 : finished + 1;
            while (shard->second < until && shard->second < last)
                pass_second(shard);
            pthread_mutex_unlock(&shard->lock);
        }
        pthread_barrier_wait(&quarter_over);
        pthread_barrier_wait(&goes_on);
    }
    return NULL;
}

static void begin(struct shard *shard, size_t index)
{
    memset(shard, 0, sizeof *shard);
    pthread_mutex_init(&shard->lock, NULL);
    shard->random = index + 1;
}

static void finish(struct shard *shard)
{
    end_sessions(shard, UINT64_MAX);
    for (size_t at = 0; at < VALUES; at++)
        free(shard->values[at]);
    free(shard->log);
    free_list(&shard->settings, 24, 4096);
    free(shard);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"quarter", "half", "three-quarters", "whole"};
    seconds = argument(argc, argv, 1, "HOURS") * 3600;
    threads = argument(argc, argv, 2, "THREADS");
    scale = argument(argc, argv, 3, "SCALE");
    if (seconds / 4 % DAY != 0)
        stop("a quarter of HOURS is not whole days of four hours");
    pthread_barrier_init(&quarter_over, NULL, (unsigned)threads + 1);
    pthread_barrier_init(&goes_on, NULL, (unsigned)threads + 1);
    for (size_t at = 0; at < SHARDS; at++) {
        shards[at] = take(sizeof *shards[at]);
        begin(shards[at], at);
    }
    pthread_t *running = take(threads * sizeof *running);
    for (size_t at = 0; at < threads; at++)
        running[at] = start_thread(serve, (void *)(uintptr_t)at);

    size_t quarters[4];
    for (size_t quarter = 0; quarter < 4; quarter++) {
        pthread_barrier_wait(&quarter_over);
        quarters[quarter] = mark(names[quarter]);
        pthread_barrier_wait(&goes_on);
    }
    for (size_t at = 0; at < threads; at++)
        join_thread(running[at]);
    free(running);
    for (size_t at = 0; at < SHARDS; at++)
        finish(shards[at]);
    light_activity(1000);
    mark("end");
    growth("growth", quarters[0], quarters[3]);
    return 0;
}
