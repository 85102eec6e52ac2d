/* expect: exit 0
 * modes:  default
 * why:    C11 7.22.3.5p2 where the object has a memory area of its own (> 1 GiB): into it, in it, and back out of it */
#include "../check.h"

static void mark(char *p, size_t from, size_t to) {
    for (size_t at = from; at < to; at += MIB)
        p[at] = (char)(at / MIB % 251 + 1);
}

static void marked(const char *p, size_t to, int step) {
    for (size_t at = 0; at < to; at += MIB)
        CHECK_AT(p[at] == (char)(at / MIB % 251 + 1), step);
}

int main(void) {
    const size_t sizes[] = {700 * MIB, GIB,           GIB + 1,   GIB + 100 * MIB, 2 * GIB,  3 * GIB, 2 * GIB + 4097,
                            GIB + 1,   GIB - 5 * MIB, 900 * MIB, 5 * MIB,         3 * MIB,  2 * GIB, 20 * KIB,
                            GIB + 1,   100,           2 * GIB,   2 * GIB + 16,    64 * KIB};
    char *p = NULL;
    size_t before = 0;
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); i++) {
        p = realloc(p, sizes[i]);
        CHECK_AT(p != NULL, i);
        marked(p, before < sizes[i] ? before : sizes[i], i);
        /* What grew is marked sparsely and only up to 1.2 GiB: the rest of the test is address space, not memory. */
        size_t to = sizes[i] < 1200 * MIB ? sizes[i] : 1200 * MIB;
        mark(p, 0, to);
        before = to;
        p[sizes[i] - 1] = p[sizes[i] - 1] ? p[sizes[i] - 1] : 1;
    }
    free(p);
    return 0;
}
