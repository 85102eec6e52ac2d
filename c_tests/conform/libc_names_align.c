/* expect: exit 0
 * needs:  quarry
 * why:    __libc_memalign, __libc_valloc, __libc_pvalloc and __posix_memalign align as the functions that they stand for. Many
 *         of one size are live at once, because the first may be aligned by chance */
#include "../check.h"
#include "../names.h"

enum { COUNT = 8 };

static void *to_64(size_t size) { return __libc_memalign(64, size); }
static void *to_a_megabyte(size_t size) { return __libc_memalign(MIB, size); }
static void *to_256(size_t size) {
    void *p = NULL;
    return __posix_memalign(&p, 256, size) == 0 ? p : NULL;
}

static void aligns(void *(*give)(size_t size), size_t alignment, size_t size, size_t usable) {
    char *live[COUNT];
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((live[i] = give(size)) != NULL && (uintptr_t)live[i] % alignment == 0, size);
        CHECK_AT(malloc_usable_size(live[i]) >= usable, size);
        live[i][0] = live[i][usable - 1] = (char)i;
    }
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT(live[i][0] == i && live[i][usable - 1] == i, size);
        __libc_free(live[i]);
    }
}

int main(void) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t size = 1; size <= 8 * MIB; size = size * 3 + 1) {
        aligns(to_64, 64, size, size);
        aligns(to_a_megabyte, MIB, size, size);
        aligns(to_256, 256, size, size);
        aligns(__libc_valloc, page, size, size);
        aligns(__libc_pvalloc, page, size, (size + page - 1) / page * page);
    }
    return 0;
}
