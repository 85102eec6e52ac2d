/* expect: exit 0
 * needs:  quarry
 * why:    quarry_alloc_pages_exact aligns to a page, and powers of two to themselves; what a power of two would hold beyond is
 *         given back: less than 16 KiB is lost */
#include "levels.h"

int main(void) {
    for (size_t size = 0; size <= 3 * GIB; size = size * 5 / 4 + 1111) {
        char *run = quarry_alloc_pages_exact(size);
        CHECK_AT(run != NULL && (uintptr_t)run % PAGE == 0, size);
        CHECK_AT(malloc_usable_size(run) >= size && malloc_usable_size(run) - size <= 16 * KIB, size);
        run[0] = run[size > 0 ? size - 1 : 0] = 1;
        quarry_free_pages_exact(run, size);
    }
    for (size_t size = 1; size <= 2 * GIB; size *= 2) {
        char *one = quarry_alloc_pages_exact(size), *two = quarry_alloc_pages_exact(size);
        size_t align = size > GIB || size < PAGE ? PAGE : size;
        CHECK_AT(one != NULL && (uintptr_t)one % align == 0, size);
        CHECK_AT(two != NULL && (uintptr_t)two % align == 0, size);
        quarry_free_pages_exact(one, size);
        quarry_free_pages_exact(two, size);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
