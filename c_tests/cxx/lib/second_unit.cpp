/* The second translation unit of cxx_header_in_two_units.cpp. */
#include "../objects.h"
#include <vector>

quarry::memory_resource *resource_of_the_second() { return quarry::heap_resource(); }

quarry::object<counted> made_by_the_second(quarry::object_cache<counted> &cache) { return cache.make(); }

quarry::object_cache<counted> *cache_of_the_second() {
    return new quarry::object_cache<counted>("second", []() -> counted { throw 8; });
}

std::vector<int, quarry::allocator<int>> numbers_of_the_second() { return {1, 2, 3}; }
