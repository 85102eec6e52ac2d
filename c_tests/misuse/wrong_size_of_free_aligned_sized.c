/* expect: abort "wrong size"
 * needs:  quarry
 * conf:   hardened:true
 * why:    C23 7.24.3.5, of a large object */
#include "stop.h"
#include "../names.h"

int main(void) {
    char *p = aligned_alloc(64, 8 * MIB);
    CHECK(p != NULL);
    announce("wrong size", p, 0);
    free_aligned_sized(p, 64, 9 * MIB);
    return 2;
}
