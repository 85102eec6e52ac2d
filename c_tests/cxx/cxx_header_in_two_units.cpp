/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * prep:   $CXX -std=c++20 $WARNINGS -c "$HERE/lib/second_unit.cpp" -o second_unit.o
 * flags:  second_unit.o
 * why:    the header in two translation units of two language versions is one program: one resource, and exceptions of a
 *         factory of one unit reach make in the other */
#include "objects.h"
#include <vector>

quarry::memory_resource *resource_of_the_second();
quarry::object<counted> made_by_the_second(quarry::object_cache<counted> &cache);
quarry::object_cache<counted> *cache_of_the_second();
std::vector<int, quarry::allocator<int>> numbers_of_the_second();

int main() {
    CHECK(quarry::heap_resource() == resource_of_the_second() && numbers_of_the_second().size() == 3);
    quarry::object_cache<counted> cache("first", []() -> counted { throw 7; });
    std::unique_ptr<quarry::object_cache<counted>> second(cache_of_the_second());
    int caught = 0;
    try {
        (void)made_by_the_second(cache);
    } catch (int value) {
        caught += value;
    }
    try {
        (void)second->make();
    } catch (int value) {
        caught += value;
    }
    CHECK_AT(caught == 15, caught);
    return 0;
}
