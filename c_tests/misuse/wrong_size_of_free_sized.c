/* expect: abort "wrong size"
 * needs:  quarry
 * conf:   hardened:true
 * why:    C23 7.24.3.4: a size beyond all that the object may use cannot be the one it was allocated with */
#include "stop.h"
#include "../names.h"

int main(void) {
    char *p = malloc(100);
    CHECK(p != NULL);
    announce("wrong size", p, malloc_usable_size(p));
    free_sized(p, malloc_usable_size(p) + 1);
    return 2;
}
