/* expect: exit 0
 * needs:  quarry
 * why:    several processes write to one log: a line in one write(2) is not torn. A pipe in packet mode keeps writes apart */
#include "child.h"

int main(void) {
    int ends[2];
    char packet[512];
    CHECK(pipe2(ends, O_DIRECT) == 0);
    int status = status_of(free_a_foreign_pointer, ends[1]);
    close(ends[1]);
    CHECK_AT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, status);
    ssize_t size = read(ends[0], packet, sizeof packet);
    CHECK(size > 0 && packet[size - 1] == '\n' && memcmp(packet, "quarry: foreign pointer: 0x", 27) == 0);
    CHECK(read(ends[0], packet, sizeof packet) == 0);
    return 0;
}
