/* hot LIBRARY SIZE ROUNDS: counts the instructions of one call of each hot function, exactly.
 *
 * LIBRARY is preloaded ("" for plain libc). The tracer starts this same program as its subject, which warms the
 * allocator up and then calls each function ROUNDS times; before a call it stops at a breakpoint (int3) with the
 * function's address in a register. The tracer then executes one instruction at a time (PTRACE_SINGLESTEP) from the
 * function's entry to the instruction after its call. Nothing is sampled, estimated or read out of a listing: a jump
 * taken is counted, a jump not taken is not, code of libc that is called is counted too. A `rep` instruction counts
 * as one.
 *
 * Output, a line per round: NAME COUNT MODULE OFFSET…, one offset (hex) for each instruction executed, in the file
 * MODULE that holds the function; instructions of other files print as "+". A function that nobody exports prints
 * nothing.
 * Path: the hit. The subject keeps some objects of the class live and frees some, so that neither magazine is empty
 * or full; objects of an object cache and pages of order 0 likewise. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../include/quarry.h"

#ifndef __x86_64__
#error "hot reads x86-64 registers"
#endif

/* What a call is given. */
enum shape {
    TAKES_SIZE,
    TAKES_COUNT_AND_SIZE,
    TAKES_OBJECT,
    TAKES_OBJECT_AND_SIZE,
    TAKES_SIZE_AND_FLAGS,
    TAKES_CACHE,
    TAKES_CACHE_AND_OBJECT,
    TAKES_ORDER,
    TAKES_PAGES_AND_ORDER,
};

static const struct {
    const char *name;
    const char *symbol;
    enum shape shape;
} functions[] = {
    {"malloc", "malloc", TAKES_SIZE},
    {"free", "free", TAKES_OBJECT},
    {"calloc", "calloc", TAKES_COUNT_AND_SIZE},
    {"free_sized", "free_sized", TAKES_OBJECT_AND_SIZE},
    {"new", "_Znwm", TAKES_SIZE},
    {"delete", "_ZdlPv", TAKES_OBJECT},
    {"delete_sized", "_ZdlPvm", TAKES_OBJECT_AND_SIZE},
    {"cache_alloc", "quarry_cache_alloc", TAKES_CACHE},
    {"cache_free", "quarry_cache_free", TAKES_CACHE_AND_OBJECT},
    {"kmalloc", "quarry_kmalloc", TAKES_SIZE_AND_FLAGS},
    {"kfree", "quarry_kfree", TAKES_OBJECT},
    {"alloc_pages", "quarry_alloc_pages", TAKES_ORDER},
    {"free_pages", "quarry_free_pages", TAKES_PAGES_AND_ORDER},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* A path longer than this is no hot path; it is counted on, but no longer listed. */
enum { LISTED = 4096 };

static void stop(const char *why)
{
    perror(why);
    exit(1);
}

/* Calls `function` once, after a breakpoint that tells the tracer which function it is (rax) and where (rdx). */
static void *marked_call(int64_t index, void *function, uintptr_t first, uintptr_t second)
{
    void *(*call)(uintptr_t, uintptr_t) = (void *(*)(uintptr_t, uintptr_t))function;
    __asm__ volatile("int3" : : "a"(index), "d"(function) : "memory");
    return call(first, second);
}

/* Quarry's functions beside the family, where it is preloaded, and a cache of objects of the size. */
static __typeof__(quarry_cache_alloc) *cache_alloc;
static __typeof__(quarry_cache_free) *cache_free;
static __typeof__(quarry_alloc_pages) *alloc_pages;
static __typeof__(quarry_free_pages) *free_pages;
static quarry_cache *cache;

static void find_levels(size_t size)
{
    __typeof__(quarry_cache_create) *create = (__typeof__(create))dlsym(RTLD_DEFAULT, "quarry_cache_create");
    cache_alloc = (__typeof__(cache_alloc))dlsym(RTLD_DEFAULT, "quarry_cache_alloc");
    cache_free = (__typeof__(cache_free))dlsym(RTLD_DEFAULT, "quarry_cache_free");
    alloc_pages = (__typeof__(alloc_pages))dlsym(RTLD_DEFAULT, "quarry_alloc_pages");
    free_pages = (__typeof__(free_pages))dlsym(RTLD_DEFAULT, "quarry_free_pages");
    if (create != NULL)
        cache = create("hot", size, 0, NULL, NULL, NULL, NULL, 0);
}

static void *take_cached(size_t size)
{
    (void)size;
    return cache_alloc(cache);
}

static void give_cached(void *object)
{
    cache_free(cache, object);
}

static void *take_page(size_t size)
{
    (void)size;
    return alloc_pages(0);
}

static void give_page(void *page)
{
    free_pages(page, 0);
}

/* Fills what a thread caches, and leaves it neither empty nor full. */
static void warm(void *(*take)(size_t), void (*give)(void *), size_t size)
{
    enum { WARM = 4096, KEPT = 8 };
    static void *objects[WARM];
    void *kept[KEPT];

    for (int turn = 0; turn < 4; turn++) {
        for (int at = 0; at < WARM; at++)
            objects[at] = take(size);
        for (int at = 0; at < WARM; at++)
            give(objects[at]);
    }
    /* Off the edges: after as many frees a magazine is full, after these allocations it is not. */
    for (int at = 0; at < KEPT; at++)
        kept[at] = take(size);
    for (int at = 0; at < KEPT / 2; at++)
        give(kept[at]);
}

/* Calls the function once, marked, between what puts the heap back where it was. */
static void turn(int index, void *function, size_t size)
{
    void *object;

    switch (functions[index].shape) {
    case TAKES_SIZE:
    case TAKES_SIZE_AND_FLAGS: /* the flags are 0 */
        free(marked_call(index, function, size, 0));
        break;
    case TAKES_COUNT_AND_SIZE:
        free(marked_call(index, function, 1, size));
        break;
    case TAKES_OBJECT:
    case TAKES_OBJECT_AND_SIZE:
        object = malloc(size);
        marked_call(index, function, (uintptr_t)object, size);
        break;
    case TAKES_CACHE:
        give_cached(marked_call(index, function, (uintptr_t)cache, 0));
        break;
    case TAKES_CACHE_AND_OBJECT:
        object = take_cached(size);
        marked_call(index, function, (uintptr_t)cache, (uintptr_t)object);
        break;
    case TAKES_ORDER:
        give_page(marked_call(index, function, 0, 0));
        break;
    case TAKES_PAGES_AND_ORDER:
        object = take_page(size);
        marked_call(index, function, (uintptr_t)object, 0);
        break;
    }
}

static int subject(size_t size, int rounds)
{
    /* libstdc++ for whoever leaves the operators to it; a preloaded library that has them comes first in dlsym. */
    dlopen("libstdc++.so.6", RTLD_NOW | RTLD_GLOBAL);
    find_levels(size);
    warm(malloc, free, size);
    if (cache != NULL)
        warm(take_cached, give_cached, size);
    if (alloc_pages != NULL)
        warm(take_page, give_page, size);

    for (int index = 0; index < FUNCTIONS; index++) {
        void *function = dlsym(RTLD_DEFAULT, functions[index].symbol);
        if (function == NULL)
            continue;
        for (int round = 0; round < rounds; round++)
            turn(index, function, size);
    }
    return 0;
}

/* Finds the file mapped at `address` and the address at which its first byte is mapped. */
static uintptr_t module_of(pid_t child, uintptr_t address, uintptr_t *end, char *name, size_t room)
{
    char path[64], line[4096];
    uintptr_t base = 0;

    snprintf(path, sizeof path, "/proc/%d/maps", (int)child);
    FILE *maps = fopen(path, "r");
    if (maps == NULL)
        stop(path);
    snprintf(name, room, "?");
    *end = 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        uintptr_t low, high, offset;
        char file[2048] = "";
        int fields = sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %" SCNxPTR " %*s %*s %2047[^\n]", &low, &high, &offset,
                            file);
        if (fields < 3)
            continue;
        if (offset == 0 && file[0] == '/')
            base = low;
        if (low <= address && address < high) {
            snprintf(name, room, "%s", file);
            *end = high;
            break;
        }
    }
    fclose(maps);
    return base;
}

static void step(pid_t child, int how, struct user_regs_struct *registers)
{
    int status;
    if (ptrace(how, child, NULL, NULL) != 0 || waitpid(child, &status, 0) != child)
        stop("ptrace");
    if (WIFEXITED(status))
        exit(WEXITSTATUS(status) == 0 ? 0 : 1);
    if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
        fprintf(stderr, "hot: the subject stopped by signal %d\n",
                WIFSTOPPED(status) ? WSTOPSIG(status) : WTERMSIG(status));
        exit(1);
    }
    if (ptrace(PTRACE_GETREGS, child, NULL, registers) != 0)
        stop("ptrace: registers");
}

/* Counts from the breakpoint at which the subject stands to the return of the call that follows it. */
static void count_call(pid_t child, struct user_regs_struct registers)
{
    static uintptr_t listed[LISTED];
    const char *name = functions[registers.rax].name;
    uintptr_t entry = registers.rdx, end, base;
    char module[2048];
    unsigned long count = 0;

    while (registers.rip != entry)
        step(child, PTRACE_SINGLESTEP, &registers);
    /* The call has pushed its return address: the call is over when the stack is one word higher than it is now. */
    uintptr_t over = registers.rsp + sizeof(uintptr_t);
    while (registers.rsp != over) {
        uintptr_t here = registers.rip;
        if (count < LISTED)
            listed[count] = here;
        count++;
        do
            step(child, PTRACE_SINGLESTEP, &registers);
        while (registers.rip == here);
    }

    base = module_of(child, entry, &end, module, sizeof module);
    printf("%s %lu %s", name, count, module);
    for (unsigned long at = 0; at < count && at < LISTED; at++) {
        if (listed[at] >= base && listed[at] < end)
            printf(" %" PRIxPTR, listed[at] - base);
        else
            printf(" +");
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "subject") == 0)
        return subject(strtoul(argv[2], NULL, 10), atoi(argv[3]));
    if (argc != 4) {
        fprintf(stderr, "usage: hot LIBRARY SIZE ROUNDS\n");
        return 2;
    }

    pid_t child = fork();
    if (child < 0)
        stop("fork");
    if (child == 0) {
        if (argv[1][0] != '\0')
            setenv("LD_PRELOAD", argv[1], 1);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
            stop("ptrace");
        execl("/proc/self/exe", argv[0], "subject", argv[2], argv[3], (char *)NULL);
        stop("execl");
    }
    int status;
    struct user_regs_struct registers;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
        stop("the subject did not start");
    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_EXITKILL);
    for (;;) {
        step(child, PTRACE_CONT, &registers);
        count_call(child, registers);
    }
}
