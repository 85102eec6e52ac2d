/* expect: exit 0
 * needs:  quarry
 * why:    C23 7.24.3.4: free_sized(ptr, size) where size is what malloc, calloc or realloc was asked for. Null does nothing,
 *         errno stays, and the memory is used again */
#include "../check.h"
#include "../names.h"

int main(void) {
    free_sized(opaque(NULL), 0);
    free_sized(opaque(NULL), 100);
    for (size_t size = 0; size <= 20 * KIB; size++) {
        char *p = malloc(size), *q = calloc(size, 1), *r = realloc(malloc(size / 2 + 1), size + 1);
        CHECK_AT(p != NULL && q != NULL && r != NULL, size);
        errno = 4711;
        free_sized(p, size);
        free_sized(q, size);
        free_sized(r, size + 1);
        CHECK_AT(errno == 4711, size);
    }
    for (size_t size = 20 * KIB; size <= 2 * GIB; size += size / 7) {
        char *p = malloc(size);
        CHECK_AT(p != NULL, size);
        p[0] = p[size - 1] = 1;
        errno = 4711;
        free_sized(p, size);
        CHECK_AT(errno == 4711, size);
    }
    for (int i = 0; i < 1000000; i++) {
        char *p = malloc(3000);
        CHECK_AT(p != NULL, i);
        p[0] = p[2999] = 1;
        free_sized(p, 3000);
    }
    CHECK_AT(resident_bytes() < 256 * MIB, resident_bytes());
    return 0;
}
