/* expect: exit 0
 * why:    C11 7.22.3.2: space for nmemb objects of size each; a product that does not exist is ENOMEM, not a small object */
#include "../check.h"

int main(void) {
    const size_t half = (size_t)1 << 32;
    const size_t pairs[][2] = {{half, half}, {half + 1, half}, {SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2},
                               {SIZE_MAX / 16 + 2, 16}, {16, SIZE_MAX / 16 + 2}, {SIZE_MAX, SIZE_MAX}, {3, SIZE_MAX / 3 + 1}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        errno = 0;
        CHECK_AT(calloc(opaque_size(pairs[i][0]), opaque_size(pairs[i][1])) == NULL && errno == ENOMEM, i);
    }
    return 0;
}
