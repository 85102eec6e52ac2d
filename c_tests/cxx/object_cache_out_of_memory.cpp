/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    where memory is short and no factory threw, make throws bad_alloc, not what a factory threw before; reclaim is
 *         called first; a cache that cannot be created says why */
#include "objects.h"
#include <vector>

struct large {
    char bytes[1 << 20];
};

static bool throwing = true;
static int reclaims;

static large make_large() {
    if (throwing)
        throw 1;
    return large();
}

static int error_of(const char *name, unsigned flags) {
    try {
        quarry::object_cache<int> cache(name, flags);
    } catch (const std::system_error &error) {
        return error.code().value();
    }
    return 0;
}

int main() {
    CHECK(error_of("good", 0) == 0 && error_of("not good", 0) == EINVAL && error_of("good", 1u << 31) == EINVAL);
    quarry::object_cache<large> cache("large", make_large, [] { reclaims++; });
    bool caught = false;
    try {
        (void)cache.make();
    } catch (int) {
        caught = true;
    }
    CHECK(caught);
    throwing = false;
    std::vector<quarry::object<large>> objects;
    objects.reserve(10000);
    set_memory_limit(true);
    try {
        for (;;)
            objects.push_back(cache.make());
    } catch (const std::bad_alloc &) {
        caught = false;
    }
    CHECK(!caught && cache.try_make() == nullptr && reclaims > 0);
    set_memory_limit(false);
    objects.push_back(cache.make());
    return 0;
}
