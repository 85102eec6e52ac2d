/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    quarry.hpp: quarry::purge() is quarry_purge() */
#include "../../include/quarry.hpp"
#include "../check.h"
#include <vector>

int main() {
    { std::vector<char>(64 * MIB, 'x'); }
    CHECK(quarry::purge() >= 32 * MIB);
    return 0;
}
