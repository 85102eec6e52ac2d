/* expect: exit 0
 * needs:  quarry
 * conf:   foreign:ignore
 * why:    a program that mixes allocators: what was never ours is left alone by free; to resize it cannot be done, and to
 *         ask for its size gives 0 */
#include "../names.h"
#include "../check.h"
#include <sys/mman.h>

int main(void) {
    char here[64] = "kept", *p = opaque(here);
    for (int i = 0; i < 3; i++) {
        errno = 7;
        free(p);
        CHECK(errno == 7);
    }
    free(opaque((char *)0xdead0));
    free_sized(p, 64);
    cfree(p);
    CHECK(malloc_usable_size(p) == 0 && strcmp(here, "kept") == 0);
    errno = 0;
    CHECK(realloc(p, 100) == NULL && errno == ENOMEM);
    return 0;
}
