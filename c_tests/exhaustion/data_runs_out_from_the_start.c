/* expect: exit 0
 * why:    getrlimit(2), RLIMIT_DATA: the heap is born under 32 MiB of it */
#include "exhaust.h"

int main(int argc, char **argv) {
    (void)argc;
    restart_under(RLIMIT_DATA, 32 * MIB, argv);
    exhaust(16, 8 * MIB);
    exhaust(100 * KIB, 8 * MIB);
    exhaust(MIB, 8 * MIB);
    return 0;
}
