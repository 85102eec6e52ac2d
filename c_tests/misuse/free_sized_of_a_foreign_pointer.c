/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    C23 7.24.3.4: the pointer must come from malloc; the size given does not make it ours */
#include "stop.h"
#include "../names.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    free_sized(p, 64);
    return 2;
}
