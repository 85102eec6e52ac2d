/* Objects that stay constructed, against malloc and initialising each time.
 *
 * Bonwick's observation (USENIX Summer 1994, section 2): making an object often costs more than allocating it, and much of
 * what was made is still good when the object is freed. A lock is unlocked again, a list is empty again; so why take them
 * apart, only to make them anew? An object cache keeps free objects constructed. Bonwick measured 1.3 to 5.1 times the speed
 * for the objects of SunOS 5.4.
 *
 * The object here is a session: a lock, a condition, and a table of list heads. The program opens a number of sessions, uses
 * each a little, and closes them. Both ways run on the same library, so that only the construction differs. */
#include <quarry.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A list whose head points to itself when it is empty, as in most kernels. */
struct list {
    struct list *next, *previous;
};

struct session {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    long used;
    struct list table[]; /* as many as the cache was created for */
};

static size_t lists; /* in each session's table */

/* Makes a session of raw memory. */
static int session_construct(void *object, void *arg) {
    struct session *session = object;
    (void)arg;
    if (pthread_mutex_init(&session->lock, NULL) != 0 || pthread_cond_init(&session->changed, NULL) != 0)
        return -1; /* the allocation fails, and the destructor is not called */
    session->used = 0;
    for (size_t i = 0; i < lists; i++)
        session->table[i].next = session->table[i].previous = &session->table[i];
    return 0;
}

static void session_destruct(void *session, void *arg) {
    (void)arg;
    pthread_cond_destroy(&((struct session *)session)->changed);
    pthread_mutex_destroy(&((struct session *)session)->lock);
}

/* Links an entry into one of the lists and takes it out again: the session is as it was. */
static void session_use(struct session *session, size_t which) {
    struct list entry, *head = &session->table[which % lists];
    pthread_mutex_lock(&session->lock);
    entry = (struct list){head->next, head};
    head->next = head->next->previous = &entry;
    session->used++;
    head->next = head->previous = head; /* the entry was the only one */
    pthread_mutex_unlock(&session->lock);
}

static size_t session_size(void) { return sizeof(struct session) + lists * sizeof(struct list); }

/* The one way: raw memory, made into a session each time. */
static struct session *open_with_malloc(void) {
    struct session *session = malloc(session_size());
    return session != NULL && session_construct(session, NULL) == 0 ? session : NULL;
}

static void close_with_free(struct session *session) {
    session_destruct(session, NULL);
    free(session);
}

enum { OPEN = 50, ROUNDS = 500, TRIES = 9 };

/* Opens, uses and closes sessions, with malloc where there is no cache. Returns nanoseconds for one. */
static double time_one(quarry_cache *cache) {
    struct session *open[OPEN];
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < OPEN; i++) {
            /* The other way: it was made when its slab was cut, perhaps rounds ago. */
            open[i] = cache != NULL ? quarry_cache_alloc(cache) : open_with_malloc();
            if (open[i] == NULL)
                abort();
            session_use(open[i], round);
        }
        for (size_t i = 0; i < OPEN; i++)
            cache != NULL ? quarry_cache_free(cache, open[i]) : close_with_free(open[i]);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / (ROUNDS * OPEN);
}

/* The shortest of a few tries: what else the machine does only ever adds. */
static double shortest_time(quarry_cache *cache) {
    double shortest = time_one(cache);
    for (int i = 1; i < TRIES; i++) {
        double time = time_one(cache);
        shortest = time < shortest ? time : shortest;
    }
    return shortest;
}

int main(void) {
    printf("%8s %8s %16s %16s\n", "lists", "bytes", "malloc and make", "object cache");
    for (lists = 1; lists <= 512; lists *= 4) {
        quarry_cache *cache =
            quarry_cache_create("session", session_size(), 0, session_construct, session_destruct, NULL, NULL, 0);
        if (cache == NULL)
            return 1;
        double made = shortest_time(NULL), kept = shortest_time(cache);
        printf("%8zu %8zu %13.0f ns %13.0f ns   %.1f times\n", lists, session_size(), made, kept, made / kept);
        if (quarry_cache_destroy(cache) != 0)
            return 1;
    }
    return 0;
}
