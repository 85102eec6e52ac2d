/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    C23 7.24.3.5: the pointer must come from aligned_alloc */
#include "stop.h"
#include "../names.h"

int main(void) {
    char here[64] __attribute__((aligned(64))), *p = opaque(here);
    announce("foreign pointer", p, 0);
    free_aligned_sized(p, 64, 64);
    return 2;
}
