/* expect: exit 0
 * why:    malloc_usable_size(3): if ptr is NULL, 0 is returned */
#include "../check.h"

int main(void) {
    CHECK(malloc_usable_size(opaque(NULL)) == 0);
    return 0;
}
