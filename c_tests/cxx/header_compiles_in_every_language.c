/* expect: exit 0
 * run:    shared
 * needs:  quarry
 * prep:   pedantic="-Wall -Wextra -Wpedantic -Werror -fsyntax-only -include stdlib.h -include malloc.h"
 * prep:   for std in 11 17; do $CC -std=c$std $pedantic -x c "$HERE/../../include/quarry.h" || exit; done
 * prep:   for std in 11 20; do $CXX -std=c++$std $pedantic -x c++ "$HERE/../../include/quarry.h" || exit; done
 * why:    quarry.h is for C11 and C++11 and later, without a warning, and agrees with what libc declares */
#include "../../include/quarry.h"
#include "operators.h"

/* Each name is there with the type that the header gives it. */
int main(void) {
    void *p = opaque(quarry_malloc(malloc_good_size(100)));
    CHECK(p != NULL && quarry_malloc_usable_size(p) >= 100);
    p = opaque(quarry_realloc(p, 200));
    quarry_free(p);
    cfree(opaque(quarry_calloc(10, 10)));
    free_sized(opaque(quarry_malloc(100)), 100);
    free_aligned_sized(opaque(quarry_aligned_alloc(64, 100)), 64, 100);
    CHECK(quarry_version()[0] >= '0' && quarry_version()[0] <= '9');
    CHECK(quarry_check() == 0);
    return 0;
}
