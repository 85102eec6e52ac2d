/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    a factory makes objects of another cache whose factory throws: each call of make throws what its own factory threw,
 *         and one that catches goes on */
#include "objects.h"
#include <optional>

struct outer {
    quarry::object<counted> inner;
};

static std::optional<quarry::object_cache<counted>> inners;

int main() {
    bool fail = true, catching = false;
    inners.emplace("inner", [&fail]() -> counted {
        if (fail)
            throw 1;
        return counted(5);
    });
    {
        quarry::object_cache<outer> outers("outer", [&catching] {
            try {
                return outer{inners->make()};
            } catch (int value) {
                if (catching)
                    return outer{nullptr};
                throw static_cast<long>(value + 1);
            }
        });
        try {
            (void)outers.make();
            CHECK(!"an object");
        } catch (long value) {
            CHECK_AT(value == 2, value);
        }
        catching = true;
        CHECK(outers.make()->inner == nullptr);
        fail = catching = false;
        CHECK(inners->make()->value == 5);
    }
    inners.reset();
    CHECK(counted::made == counted::unmade && quarry_check() == 0);
    return 0;
}
