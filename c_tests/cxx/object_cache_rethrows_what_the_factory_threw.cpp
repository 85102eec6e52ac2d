/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a factory that throws, at every point: make throws just that or gives an object, try_make gives an empty one, no
 *         exception comes later than its call, and nothing is lost */
#include "objects.h"
#include <stdexcept>
#include <string>
#include <vector>

static int until_throw;

static counted make_or_throw() {
    if (until_throw-- == 0)
        throw std::runtime_error("at the point");
    return counted();
}

int main() {
    for (int point = 0; point < 100; point++) {
        quarry::object_cache<counted> cache("throwing", make_or_throw);
        std::vector<quarry::object<counted>> objects;
        int thrown = 0;
        until_throw = point;
        for (int i = 0; i < 100; i++) {
            try {
                objects.push_back(cache.make());
                CHECK_AT(objects.back()->is_constructed(), i);
            } catch (const std::runtime_error &error) {
                CHECK_AT(std::string(error.what()) == "at the point" && thrown++ == 0, point);
            }
        }
        CHECK_AT(point != 0 || thrown == 1 || objects.size() == 100, point);
        CHECK_AT(quarry_check() == 0, point);
    }
    CHECK_AT(counted::made == counted::unmade, counted::made.load());
    quarry::object_cache<counted> never("never", []() -> counted { throw 42; });
    for (int i = 0; i < 300; i++) {
        CHECK_AT(never.try_make() == nullptr, i);
        try {
            (void)never.make();
            CHECK(!"an object");
        } catch (int value) {
            CHECK_AT(value == 42, value);
        }
    }
    return 0;
}
