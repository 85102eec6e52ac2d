/* expect: abort "double free"
 * needs:  quarry
 * why:    an object of huge pages is an area of its own */
#include "../levels/levels.h"
#include "stop.h"

int main(void) {
    char *p = quarry_kmalloc(4 * MIB, QUARRY_HUGE);
    CHECK(p != NULL);
    announce("double free", p, 0);
    quarry_kfree(p);
    quarry_kfree(opaque(p));
    return 2;
}
