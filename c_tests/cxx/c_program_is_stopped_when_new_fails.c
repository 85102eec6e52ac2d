/* expect: exit 134
 * run:    shared static
 * needs:  quarry
 * stderr: quarry: out of memory in operator new and no C\+\+ runtime to throw with
 * why:    new must not return NULL, and without a C++ runtime it cannot throw: it says so and stops */
#include "operators.h"

int main(void) {
    opaque(_Znam(SIZE_MAX));
    return 2;
}
