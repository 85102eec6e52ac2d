/* expect: exit 134
 * needs:  quarry
 * stderr: quarry: out of memory: 1073741824 bytes, and no handler
 * why:    quarry_kmalloc with QUARRY_NOFAIL never returns NULL: without a handler it stops the process */
#include "../levels/levels.h"
#include <sys/resource.h>

int main(void) {
    struct rlimit limits = {300 * MIB, 300 * MIB};
    CHECK(setrlimit(RLIMIT_DATA, &limits) == 0);
    return quarry_kmalloc(GIB, QUARRY_NOFAIL) == NULL ? 2 : 3;
}
