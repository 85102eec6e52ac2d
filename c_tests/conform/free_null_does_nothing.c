/* expect: exit 0
 * why:    C11 7.22.3.3: if ptr is a null pointer, no action occurs */
#include "../check.h"

int main(void) {
    errno = 77;
    for (int i = 0; i < 1000; i++)
        free(opaque(NULL));
    CHECK(errno == 77);
    return 0;
}
