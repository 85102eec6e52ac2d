/* expect: abort "foreign pointer"
 * needs:  quarry
 * why:    an mmap of the program's own looks like a large object and is none */
#include "stop.h"
#include <sys/mman.h>

int main(void) {
    char *p = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(p != MAP_FAILED);
    announce("foreign pointer", p, 0);
    free(opaque(p));
    return 2;
}
