/* expect: exit 0
 * why:    malloc_usable_size(3): at least the size asked for; programs built with _FORTIFY_SOURCE=3 write all of it, so it
 *         must not reach into a neighbour */
#include "../check.h"

enum { NEIGHBOURS = 5 };

static void writable_at(size_t size) {
    char *live[NEIGHBOURS];
    for (int i = 0; i < NEIGHBOURS; i++) {
        CHECK_AT((live[i] = malloc(size)) != NULL && malloc_usable_size(live[i]) >= size, size);
        memset(live[i], i + 1, malloc_usable_size(live[i]));
    }
    for (int i = 0; i < NEIGHBOURS; i++) {
        size_t usable = malloc_usable_size(live[i]);
        for (size_t at = 0; at < usable; at += at + 64 < usable ? usable / 512 + 1 : 1)
            CHECK_AT(live[i][at] == i + 1, size);
        free(live[i]);
    }
}

int main(void) {
    for (size_t size = 0; size < 5000; size++)
        writable_at(size);
    for (size_t size = 5000; size < 20 * MIB; size += size / 17)
        writable_at(size);
    return 0;
}
