/* record: a library to preload that records a program's calls of malloc and the rest of its family.
 *
 *   cc -O2 -std=gnu11 -shared -fPIC record.c -o record.so
 *   TRACE_TO=/some/where/name LD_PRELOAD=./record.so PROGRAM
 *
 * Stands in front of glibc's malloc and writes a raw trace (trace.h) for each process, name.PID.0, and after an execve
 * name.PID.1 and so on; `pack` makes it one to replay. Each thread writes to windows of the file, mapped shared:
 * nothing has to be flushed at any kind of end. A child of fork begins a file of its own. What is allocated before libc
 * knows the environment is not recorded; nor is what pthread_create allocates, since it will do so again when replayed.
 */
#define _GNU_SOURCE
#include "trace.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WINDOW = 1 << 18, RECORDS = WINDOW / sizeof(struct raw), NAMES = 1000, NOT_YET = -1, NEVER = -2 };

#define LOCAL __thread __attribute__((tls_model("initial-exec")))

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *object, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *object);

static atomic_int file = NOT_YET;
static _Atomic uint64_t file_length, next_order;
static _Atomic uint32_t threads;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static LOCAL struct raw *window;
static LOCAL uint32_t used;
/* The thread's number plus one, 0 while it has none. */
static LOCAL uint32_t number;
/* Not to be recorded: calls by this library, or by pthread_create. */
static LOCAL int quiet;

/* Leaves the file to the parent and begins anew. */
static void forget(void)
{
    if (file >= 0)
        close(file);
    file = NOT_YET;
    file_length = 0;
    next_order = 0;
    threads = 0;
    number = 0;
    if (window != NULL)
        munmap(window, WINDOW);
    window = NULL;
    pthread_mutex_init(&opening, NULL);
}

static int open_file(void)
{
    const char *prefix = environ == NULL ? NULL : getenv("TRACE_TO");
    char name[4096];

    if (environ == NULL)
        return NOT_YET;
    pthread_mutex_lock(&opening);
    if (file == NOT_YET) {
        int opened = NEVER;
        for (int at = 0; prefix != NULL && at < NAMES && opened < 0; at++) {
            snprintf(name, sizeof name, "%s.%d.%d", prefix, (int)getpid(), at);
            opened = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        }
        /* Out of the way of programs that count on low numbers. */
        int high = opened < 0 ? -1 : fcntl(opened, F_DUPFD_CLOEXEC, 500);
        if (high >= 0)
            close(opened);
        pthread_atfork(NULL, NULL, forget);
        file = high >= 0 ? high : opened < 0 ? NEVER : opened;
    }
    pthread_mutex_unlock(&opening);
    return file;
}

static int open_window(int to)
{
    uint64_t start = atomic_fetch_add(&file_length, WINDOW);
    if (pwrite(to, "", 1, (off_t)(start + WINDOW - 1)) != 1)
        return 0;
    void *mapped = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED, to, (off_t)start);
    if (mapped == MAP_FAILED)
        return 0;
    window = mapped;
    used = 0;
    return 1;
}

static void record(enum raw_kind kind, const void *address, size_t size, size_t align, uint64_t order)
{
    int error = errno, to = atomic_load(&file);
    quiet++;
    if (to == NOT_YET)
        to = open_file();
    if (window != NULL && used == RECORDS) {
        munmap(window, WINDOW);
        window = NULL;
    }
    if (to >= 0 && (window != NULL || open_window(to))) {
        if (number == 0)
            number = atomic_fetch_add(&threads, 1) + 1;
        window[used++] = (struct raw){
            .order = order, .address = (uintptr_t)address, .size = size, .thread = number - 1, .kind = (uint16_t)kind,
            .align = (uint16_t)(align <= 1 ? 0 : __builtin_ctzll(align))};
    }
    quiet--;
    errno = error;
}

static uint64_t draw_order(void)
{
    return atomic_fetch_add(&next_order, 1);
}

static void *recorded(enum raw_kind kind, void *object, size_t size, size_t align)
{
    if (object != NULL && !quiet)
        record(kind, object, size, align, draw_order());
    return object;
}

void *malloc(size_t size)
{
    return recorded(RAW_MALLOC, __libc_malloc(size), size, 0);
}

void *calloc(size_t count, size_t size)
{
    return recorded(RAW_CALLOC, __libc_calloc(count, size), count * size, 0);
}

void free(void *object)
{
    if (object != NULL && !quiet)
        record(RAW_FREE, object, 0, 0, draw_order());
    __libc_free(object);
}

void *realloc(void *object, size_t size)
{
    if (object == NULL)
        return malloc(size);
    uint64_t before = draw_order();
    void *result = __libc_realloc(object, size);
    if (quiet)
        return result;
    if (result == NULL && size == 0)
        record(RAW_FREE, object, 0, 0, before);
    if (result != NULL) {
        uint64_t after = draw_order();
        record(RAW_RESIZE_FROM, object, 0, 0, before);
        record(RAW_RESIZE_TO, result, size, 0, after);
    }
    return result;
}

void *reallocarray(void *object, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(object, bytes);
}

void *memalign(size_t align, size_t size)
{
    return recorded(RAW_MALLOC, __libc_memalign(align, size), size, align);
}

void *aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}

int posix_memalign(void **place, size_t align, size_t size)
{
    if (align < sizeof(void *) || (align & (align - 1)) != 0)
        return EINVAL;
    int error = errno;
    void *object = memalign(align, size);
    errno = error;
    if (object == NULL)
        return ENOMEM;
    *place = object;
    return 0;
}

void *valloc(size_t size)
{
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

void *pvalloc(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return memalign(page, (size + page - 1) & -page);
}

struct birth {
    void *(*body)(void *);
    void *given;
    uint32_t number;
};

static void *live(void *given)
{
    struct birth birth = *(struct birth *)given;
    __libc_free(given);
    number = birth.number;
    return birth.body(birth.given);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *given)
{
    static int (*_Atomic create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    quiet++;
    if (create == NULL)
        create = (int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))dlsym(RTLD_NEXT,
                                                                                            "pthread_create");
    struct birth *birth = __libc_malloc(sizeof *birth);
    if (number == 0)
        number = atomic_fetch_add(&threads, 1) + 1;
    *birth = (struct birth){body, given, atomic_fetch_add(&threads, 1) + 1};
    uint64_t order = draw_order();
    uintptr_t created = birth->number - 1;
    int error = create(thread, attributes, live, birth);
    quiet--;
    if (error == 0)
        record(RAW_START, (void *)created, 0, 0, order);
    else
        __libc_free(birth);
    return error;
}
