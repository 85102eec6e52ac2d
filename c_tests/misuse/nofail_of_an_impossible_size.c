/* expect: exit 134
 * needs:  quarry
 * stderr: quarry: out of memory: 9223372036854775808 bytes, more than an object may have
 * why:    no handler can make room for more than PTRDIFF_MAX bytes, so none is called */
#include "../levels/levels.h"

static void never(size_t size, void *arg) { CHECK_AT(arg == &size, size); }

int main(void) {
    quarry_set_oom_handler(never, NULL);
    return quarry_kmalloc(opaque_size((size_t)PTRDIFF_MAX + 1), QUARRY_NOFAIL) == NULL ? 2 : 3;
}
