/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    without a C++ runtime there is nothing to throw and nothing to catch it with, and nothrow new must return NULL all
 *         the same */
#include "operators.h"

int main(void) {
    const char tag = 0;
    CHECK(_ZnwmRKSt9nothrow_t(SIZE_MAX, &tag) == NULL);
    CHECK(_ZnamRKSt9nothrow_t(SIZE_MAX, &tag) == NULL);
    CHECK(_ZnwmSt11align_val_tRKSt9nothrow_t(SIZE_MAX, 64, &tag) == NULL);
    CHECK(_ZnamSt11align_val_tRKSt9nothrow_t(SIZE_MAX, 64, &tag) == NULL);
    return 0;
}
