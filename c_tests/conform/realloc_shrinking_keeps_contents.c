/* expect: exit 0
 * why:    C11 7.22.3.5p2: the contents are the same up to the lesser of the sizes, down from 64 MiB to one byte */
#include "../check.h"

int main(void) {
    const size_t top = 64 * MIB;
    char *p = malloc(top);
    CHECK(p != NULL);
    fill(p, top, 3);
    for (size_t size = top; size > 0; size -= size < 3000 ? 1 : size / 9) {
        p = realloc(p, size);
        CHECK_AT(p != NULL && malloc_usable_size(p) >= size, size);
        CHECK_AT(p[0] == (char)pattern_byte(3, 0) && p[size - 1] == (char)pattern_byte(3, size - 1), size);
        if (size < 200 * KIB)
            CHECK_AT(holds(p, size, 3), size);
    }
    free(p);
    return 0;
}
