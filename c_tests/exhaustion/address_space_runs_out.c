/* expect: exit 0
 * why:    POSIX RLIMIT_AS: malloc fails with ENOMEM and nothing else happens. The heap is born under a limit that its usual
 *         reservation does not fit into; small, medium and large objects each exhaust it */
#include "exhaust.h"

int main(int argc, char **argv) {
    (void)argc;
    restart_under(RLIMIT_AS, 512 * MIB, argv);
    exhaust(16, 128 * MIB);
    exhaust(200, 128 * MIB);
    exhaust(5000, 128 * MIB);
    exhaust(100 * KIB, 128 * MIB);
    exhaust(3 * MIB, 128 * MIB);
    exhaust(20 * MIB, 64 * MIB);
    exhaust(200, 128 * MIB);
    return 0;
}
