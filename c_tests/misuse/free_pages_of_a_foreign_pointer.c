/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    quarry_free_pages of memory that is not the library's */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char here[64], *p = opaque(here);
    announce("foreign pointer", p, 0);
    quarry_free_pages(p, 0);
    return 2;
}
