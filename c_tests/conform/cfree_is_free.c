/* expect: exit 0
 * needs:  quarry
 * why:    cfree(3): same as free; gone from <stdlib.h>, still called by old binaries */
#include "../check.h"
#include "../names.h"

int main(void) {
    cfree(opaque(NULL));
    for (int i = 0; i < 1000000; i++) {
        char *p = malloc(3000);
        CHECK_AT(p != NULL, i);
        p[0] = p[2999] = 1;
        cfree(p);
    }
    CHECK_AT(resident_bytes() < 256 * MIB, resident_bytes());
    return 0;
}
