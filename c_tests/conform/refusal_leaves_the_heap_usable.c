/* expect: exit 0
 * why:    a refusal changes nothing: what cannot be had must not disturb what can (POSIX malloc, ENOMEM) */
#include "../check.h"

int main(void) {
    for (unsigned long i = 0; i < 2000; i++) {
        size_t beyond = ((size_t)1 << 46) + i * 4096; /* legal in size, but larger than the address space has room for */
        errno = 0;
        void *first = malloc(opaque_size(beyond * 2));
        CHECK_AT(first == NULL && errno == ENOMEM, i);
        char *p = malloc(i + 1);
        CHECK_AT(p != NULL, i);
        fill(p, i + 1, i);
        errno = 0;
        CHECK_AT(realloc(p, opaque_size(beyond * 2)) == NULL && errno == ENOMEM, i);
        CHECK_AT(holds(p, i + 1, i), i);
        free(p);
    }
    return 0;
}
