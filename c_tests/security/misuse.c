/* misuse WHAT: commits one misuse, then goes on as a program would: frees, allocates and exits with 0. security.sh runs it on
 * each allocator and notes who stops it and when. "before" on standard output comes right before the misuse, "after" right
 * after it, so that an end in between is "at once". A misuse that needs a sampled object looks for one. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *text) {
    if (write(1, text, strlen(text)) < 0)
        _exit(3);
}

static void *opaque(void *p) {
    __asm__ volatile("" : "+r"(p)::"memory");
    return p;
}

enum { COUNT = 2000 };
static void *kept[COUNT];

/* What comes after a misuse in a program that lives on. */
static void live_on(void) {
    for (int turn = 0; turn < 20; turn++) {
        for (int i = 0; i < COUNT; i++)
            kept[i] = malloc(i % 2 == 0 ? 40 : 4000);
        for (int i = 0; i < COUNT; i++)
            free(kept[i]);
    }
    malloc_trim(0);
}

/* An object of 100 bytes; with `sampled` (the environment's QUARRY_SAMPLED) one whose usable size is exactly that, at the end
 * of its page or at the start. */
static char *object(int right) {
    const char *sampled = getenv("QUARRY_SAMPLED");
    for (int turn = 0; turn < 1000; turn++) {
        for (int i = 0; i < COUNT; i++) {
            char *p = kept[i] = malloc(100);
            /* Not the first, before which there may be nothing at all. */
            if ((sampled == NULL && i == 50) || (sampled != NULL && malloc_usable_size(p) == 100 && ((uintptr_t)p % 4096 != 0) == right))
                return p;
        }
        for (int i = 0; i < COUNT; i++)
            free(kept[i]);
    }
    _exit(4);
}

static char data[64] __attribute__((aligned(16)));

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    volatile char *p = object(strcmp(what, "read_before") != 0), *large = malloc(1 << 20), *beyond = malloc(8 << 20);
    char *q;
    if (p == NULL || large == NULL || beyond == NULL)
        return 6;
    int is = 0;
#define MISUSE(name, ...)                                                                                                      \
    if (strcmp(what, name) == 0) {                                                                                             \
        is = 1;                                                                                                                \
        __VA_ARGS__                                                                                                            \
    }
    MISUSE("double_free", free((char *)p); say("before\n"); free(opaque((char *)p));)
    MISUSE("double_free_with_others_between", free((char *)p); free(malloc(100)); q = malloc(100); free(malloc(100)); free(q);
           say("before\n"); free(opaque((char *)p));)
    MISUSE("double_free_large", free((char *)large); say("before\n"); free(opaque((char *)large));)
    MISUSE("interior_pointer", say("before\n"); free(opaque((char *)p + 16));)
    MISUSE("interior_pointer_large", say("before\n"); free(opaque((char *)large + 65536));)
    MISUSE("foreign_pointer", say("before\n"); free(opaque(data + 16));)
    MISUSE("realloc_of_freed", free((char *)p); say("before\n"); free(realloc(opaque((char *)p), 5000));)
    MISUSE("write_behind_by_one", p[100] = 1; say("before\n"); free((char *)p);)
    MISUSE("write_behind_by_16", say("before\n"); memset((char *)p + 100, 1, 28); free((char *)p);)
    MISUSE("write_behind_large", say("before\n"); large[1 << 20] = 1;)
    MISUSE("read_before", say("before\n"); __asm__ volatile("" ::"r"(p[-1]));)
    MISUSE("write_after_free", free((char *)p); say("before\n"); p[8] = 1;)
    MISUSE("read_after_free", free((char *)p); say("before\n"); __asm__ volatile("" ::"r"(p[8]));)
    MISUSE("read_after_free_large", free((char *)large); say("before\n"); __asm__ volatile("" ::"r"(large[5000]));)
    if (!is)
        return 5;
    say("after\n");
    live_on();
    return 0;
}
