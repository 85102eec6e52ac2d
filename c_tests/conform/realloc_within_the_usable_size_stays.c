/* expect: exit 0
 * modes:  default
 * needs:  quarry
 * why:    an object that has the room is not moved: what realloc promises to programs that grow a buffer byte by byte is that
 *         they pay for copies only at class boundaries */
#include "../check.h"

int main(void) {
    for (size_t size = 1; size <= 3 * MIB; size += size / 5 + 1) {
        char *p = malloc(size), *same;
        CHECK_AT(p != NULL, size);
        uintptr_t address = (uintptr_t)p;
        CHECK_AT((same = realloc(p, malloc_usable_size(p))) != NULL && (uintptr_t)same == address, size);
        free(same);
    }
    return 0;
}
