/* objects SIDE KIND WORK LIVE: objects that must be constructed before their use.
 *
 * LIVE objects are held; each of the WORK turns gives the oldest back and takes another, which is used a little and left as
 * it was constructed. SIDE:
 *   cache   quarry_cache_alloc and quarry_cache_free: constructed once, when the object is cut
 *   malloc  malloc and construction, destruction and free, each turn
 * KIND:
 *   plain   a node of 64 B; construction sets two words of it
 *   foo     a lock, a condition, a pointer and a count: the example of the paper
 *   session the same, eight lists, and a table of 64 empty chains: what a server may hold for each client
 * Unit: seconds for WORK turns.
 * Path: the hit of both, magazines or free lists, and the construction.
 * Source: Bonwick, "The Slab Allocator: An Object-Caching Kernel Memory Allocator", USENIX Summer 1994, section 2. */
#include "level.h"

enum { MOST = 256, LISTS = 8, CHAINS = 64 };

struct list {
    struct list *next, *previous;
};

struct plain {
    struct plain *next;
    size_t count;
    char text[48];
};

struct foo {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *bar;
    size_t count;
};

struct session {
    struct foo foo;
    struct list lists[LISTS];
    struct list chains[CHAINS];
};

ALWAYS_INLINE void empty(struct list *list)
{
    list->next = list;
    list->previous = list;
}

static int construct_plain(void *object, void *arg)
{
    struct plain *plain = object;
    (void)arg;
    plain->next = NULL;
    plain->count = 0;
    return 0;
}

static void destroy_plain(void *object, void *arg)
{
    (void)object, (void)arg;
}

ALWAYS_INLINE void use_plain(void *object)
{
    struct plain *plain = object;
    use(plain->text, sizeof plain->text);
}

static int construct_foo(void *object, void *arg)
{
    struct foo *foo = object;
    (void)arg;
    pthread_mutex_init(&foo->lock, NULL);
    pthread_cond_init(&foo->changed, NULL);
    foo->bar = NULL;
    foo->count = 0;
    return 0;
}

static void destroy_foo(void *object, void *arg)
{
    struct foo *foo = object;
    (void)arg;
    pthread_cond_destroy(&foo->changed);
    pthread_mutex_destroy(&foo->lock);
}

/* Takes a reference and drops it: the count is back where construction left it. */
ALWAYS_INLINE void use_foo(void *object)
{
    volatile size_t *count = &((struct foo *)object)->count;
    if (*count != 0)
        stop("an object is not as it was constructed");
    *count = 1;
    *count = 0;
}

static int construct_session(void *object, void *arg)
{
    struct session *session = object;
    construct_foo(&session->foo, arg);
    for (size_t at = 0; at < LISTS; at++)
        empty(&session->lists[at]);
    for (size_t at = 0; at < CHAINS; at++)
        empty(&session->chains[at]);
    return 0;
}

static void destroy_session(void *object, void *arg)
{
    destroy_foo(&((struct session *)object)->foo, arg);
}

ALWAYS_INLINE void use_session(void *object)
{
    struct session *session = object;
    struct list *last = &session->chains[CHAINS - 1];
    if (((volatile struct list *)last)->next != last)
        stop("an object is not as it was constructed");
    use_foo(&session->foo);
}

static POINTER_TO(quarry_cache_alloc) cache_alloc;
static POINTER_TO(quarry_cache_free) cache_free;

static quarry_cache *create(size_t size, quarry_constructor *construct, quarry_destructor *destroy)
{
    cache_alloc = (POINTER_TO(quarry_cache_alloc))find("quarry_cache_alloc");
    cache_free = (POINTER_TO(quarry_cache_free))find("quarry_cache_free");
    quarry_cache *cache = ((POINTER_TO(quarry_cache_create))find("quarry_cache_create"))("objects", size, 0, construct,
                                                                                        destroy, NULL, NULL, 0);
    if (cache == NULL)
        stop("no cache");
    return cache;
}

/* The loop of one kind. `cache` is NULL on the side of malloc; the compiler makes two loops of it. */
ALWAYS_INLINE void turn_over(quarry_cache *cache, size_t size, quarry_constructor *construct, quarry_destructor *destroy,
                             void (*use_object)(void *), size_t work, size_t live)
{
    static void *objects[MOST];

    for (size_t turn = 0, at = 0; turn < work; turn++) {
        if (cache != NULL) {
            cache_free(cache, objects[at]);
            objects[at] = cache_alloc(cache);
            if (objects[at] == NULL)
                stop("the cache refused");
        } else {
            if (objects[at] != NULL) {
                destroy(objects[at], NULL);
                free(objects[at]);
            }
            objects[at] = take(size);
            construct(objects[at], NULL);
        }
        use_object(objects[at]);
        at = at + 1 == live ? 0 : at + 1;
    }
}

/* Runs the loop of a kind on the side asked for. */
ALWAYS_INLINE void run(int cached, size_t size, quarry_constructor *construct, quarry_destructor *destroy,
                       void (*use_object)(void *), size_t work, size_t live)
{
    if (cached)
        turn_over(create(size, construct, destroy), size, construct, destroy, use_object, work, live);
    else
        turn_over(NULL, size, construct, destroy, use_object, work, live);
}

int main(int argc, char **argv)
{
    const char *side = word(argc, argv, 1, "SIDE");
    const char *kind = word(argc, argv, 2, "KIND");
    size_t work = argument(argc, argv, 3, "WORK");
    size_t live = argument(argc, argv, 4, "LIVE");
    int cached = strcmp(side, "cache") == 0;

    if (!cached && strcmp(side, "malloc") != 0)
        stop("no such side");
    if (live > MOST)
        stop("too many objects");
    if (strcmp(kind, "plain") == 0)
        run(cached, sizeof(struct plain), construct_plain, destroy_plain, use_plain, work, live);
    else if (strcmp(kind, "foo") == 0)
        run(cached, sizeof(struct foo), construct_foo, destroy_foo, use_foo, work, live);
    else if (strcmp(kind, "session") == 0)
        run(cached, sizeof(struct session), construct_session, destroy_session, use_session, work, live);
    else
        stop("no such kind");
    return 0;
}
