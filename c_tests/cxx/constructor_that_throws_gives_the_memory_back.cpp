/* expect: exit 0
 * why:    C++17 [expr.new]/23: if the constructor throws, the delete that matches the new is called, the nothrow one included;
 *         a hundred thousand times 64 KiB would not fit if it were not */
#include "operators.h"

struct Fragile {
    char bytes[65536];
    explicit Fragile(int fail) : bytes() {
        if (fail)
            throw fail;
    }
};
struct alignas(256) AlignedFragile : Fragile {
    using Fragile::Fragile;
};

template <typename Make> static void expect_throw(Make make) {
    int caught = 0;
    try {
        opaque(make());
    } catch (int value) {
        caught = value;
    }
    CHECK(caught == 7);
}

int main() {
    for (int times = 0; times < 25000; times++) {
        expect_throw([] { return static_cast<void *>(new Fragile(7)); });
        expect_throw([] { return static_cast<void *>(new (std::nothrow) Fragile(7)); });
        expect_throw([] { return static_cast<void *>(new AlignedFragile(7)); });
        expect_throw([] { return static_cast<void *>(new (std::nothrow) AlignedFragile(7)); });
    }
    CHECK_AT(resident_bytes() < 200 * MIB, resident_bytes());
    return 0;
}
