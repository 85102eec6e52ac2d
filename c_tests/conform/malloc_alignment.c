/* expect: exit 0
 * why:    C11 7.22.3p1: the pointer suits any object; x86-64 and AArch64 ABI: max_align_t is aligned to 16, at every size */
#include "../check.h"

static void aligned_at(size_t size) {
    void *of_malloc = malloc(size), *of_calloc = calloc(1, size), *of_realloc = realloc(NULL, size);
    CHECK_AT(of_malloc != NULL && of_calloc != NULL && of_realloc != NULL, size);
    CHECK_AT(((uintptr_t)of_malloc | (uintptr_t)of_calloc | (uintptr_t)of_realloc) % 16 == 0, size);
    free(of_malloc);
    free(of_calloc);
    free(of_realloc);
}

int main(void) {
    for (size_t size = 0; size <= 40 * KIB; size++)
        aligned_at(size);
    for (size_t size = 40 * KIB; size <= 2 * GIB; size += size / 9)
        aligned_at(size);
    return 0;
}
