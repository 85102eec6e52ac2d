/* expect: exit 0
 * needs:  quarry
 * why:    quarry_kmalloc without flags is malloc, and its objects are malloc's: free, realloc and the k functions mix */
#include "levels.h"

int main(void) {
    for (size_t size = 0; size <= 2 * GIB; size = size * 3 / 2 + 1) {
        char *one = quarry_kmalloc(size, 0), *two = malloc(size);
        CHECK_AT(one != NULL && two != NULL && (uintptr_t)one % 16 == 0, size);
        CHECK_AT(quarry_ksize(one) == malloc_usable_size(two) && malloc_usable_size(one) >= size, size);
        size_t watched = size < 3000 ? size : 3000;
        fill(one, watched, 1);
        fill(two, watched, 2);
        CHECK_AT((one = realloc(one, size + 100)) != NULL && holds(one, watched, 1), size);
        CHECK_AT((two = quarry_krealloc(two, size + 100, 0)) != NULL && holds(two, watched, 2), size);
        free(one);
        quarry_kfree(two);
    }
    void *p = quarry_krealloc(NULL, 100, 0);
    CHECK(p != NULL && quarry_krealloc(p, 0, 0) == NULL);
    CHECK(quarry_check() == 0);
    return 0;
}
