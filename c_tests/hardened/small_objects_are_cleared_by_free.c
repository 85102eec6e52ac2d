/* expect: exit 0
 * needs:  quarry
 * conf:   hardened:true
 * why:    what a freed object held is not there for who comes next, or reads too late */
#include "../check.h"

int main(void) {
    for (size_t size = 1; size <= 1024; size += 13) {
        char *p = malloc(size);
        CHECK(p != NULL);
        memset(p, 7, malloc_usable_size(p));
        size_t usable = malloc_usable_size(p);
        free(p);
        CHECK_AT(is_zero(opaque(p), usable), size);
    }
    return 0;
}
