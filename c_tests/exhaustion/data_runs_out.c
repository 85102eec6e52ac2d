/* expect: exit 0
 * why:    getrlimit(2), RLIMIT_DATA counts private writable memory: here a reservation is had and the kernel refuses to commit
 *         parts of it */
#include "exhaust.h"

int main(void) {
    char *kept = malloc(10000);
    CHECK(kept != NULL);
    fill(kept, 10000, 1);
    limit(RLIMIT_DATA, 300 * MIB);
    exhaust(16, 64 * MIB);
    exhaust(200, 64 * MIB);
    exhaust(5000, 64 * MIB);
    exhaust(100 * KIB, 64 * MIB);
    exhaust(3 * MIB, 64 * MIB);
    exhaust(20 * MIB, 64 * MIB);
    CHECK(holds(kept, 10000, 1));
    free(kept);
    return 0;
}
