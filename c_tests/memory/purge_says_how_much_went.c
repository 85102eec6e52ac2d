/* expect: exit 0
 * needs:  quarry
 * why:    quarry.h, quarry_purge: returns how many bytes went, which are then resident no more; errno is left as it was */
#include "memory.h"
#include "../../include/quarry.h"

#ifndef QUARRY_LINKED
#pragma weak quarry_purge
#endif

int main(void) {
    struct link *list = take_mixed(64 * MIB, 1);
    quarry_purge();
    size_t before = resident_bytes();
    give(list);
    errno = EDOM;
    size_t went = quarry_purge();
    CHECK(errno == EDOM);
    size_t after = resident_bytes();
    CHECK_AT(after < before - 56 * MIB, after);
    CHECK_AT(went > 56 * MIB && went < 256 * MIB, went);
    CHECK_AT(quarry_purge() < MIB, 0);
    return 0;
}
