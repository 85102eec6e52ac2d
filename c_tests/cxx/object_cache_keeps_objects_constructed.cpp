/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    Bonwick 1994, 2.2, in C++: the default constructor, or the factory, runs once an object and not once an allocation;
 *         what a user leaves in it the next one finds; the cache's end destroys each once */
#include "objects.h"
#include <vector>

static void use(quarry::object_cache<counted> &cache, int first) {
    std::size_t after_the_first = 0;
    for (int round = 0; round < 50; round++) {
        std::vector<quarry::object<counted>> objects;
        for (int i = 0; i < 500; i++) {
            objects.push_back(cache.make());
            CHECK_AT(objects.back()->is_constructed() && objects.back()->value >= first, i);
            objects.back()->value += 10;
        }
        if (round == 0)
            after_the_first = counted::made;
        for (auto &object : objects)
            CHECK_AT((*object).value <= first + 10 * (round + 1), round);
    }
    CHECK_AT(counted::made < after_the_first + 1000, counted::made.load());
}

int main() {
    {
        quarry::object_cache<counted> cache("by-default");
        use(cache, 0);
    }
    CHECK(counted::made == counted::unmade && counted::made >= 500);
    {
        int start = 7000;
        quarry::object_cache<counted> cache("by-factory", [&start] { return counted(start); }, QUARRY_CACHE_NOCOLOUR);
        use(cache, 7000);
        CHECK(cache.native() != nullptr && cache.reap() > 0);
    }
    CHECK(counted::made == counted::unmade && quarry_check() == 0);
    return 0;
}
