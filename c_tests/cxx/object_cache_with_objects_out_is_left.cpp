/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * stderr: quarry: cache 'left' cannot be destroyed: 2 objects are live, the first at 0x[0-9a-f]+, 0x[0-9a-f]+
 * why:    a cache whose objects are out when it dies is left alone: they stay good, and go back to where they came from */
#include "objects.h"

int main() {
    quarry::object<counted> first, second;
    {
        quarry::object_cache<counted> cache("left", [start = 3] { return counted(start); });
        first = cache.make();
        second = cache.make();
    }
    CHECK(first->is_constructed() && second->is_constructed() && second->value == 3);
    first.reset();
    CHECK(second->is_constructed() && quarry_check() == 0);
    return 0;
}
