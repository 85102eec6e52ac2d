/* expect: exit 0
 * needs:  quarry
 * why:    malloc_good_size(n) says what malloc(n) will give: containers ask it to grow to the brim */
#include "../check.h"
#include "../names.h"

static void same_at(size_t size) {
    void *p = malloc(size);
    CHECK_AT(p != NULL, size);
    CHECK_AT(malloc_good_size(size) == malloc_usable_size(p), size);
    CHECK_AT(malloc_good_size(malloc_good_size(size)) == malloc_good_size(size), size);
    free(p);
}

int main(void) {
    for (size_t size = 0; size <= 40 * KIB; size++)
        same_at(size);
    for (size_t size = 40 * KIB; size <= 3 * GIB; size += size / 23)
        same_at(size);
    for (size_t size = 64 * KIB; size <= 4 * GIB; size *= 2) {
        same_at(size - 1);
        same_at(size);
        same_at(size + 1);
    }
    return 0;
}
