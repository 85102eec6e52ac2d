/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    pages and regions move and are freed once; refusals throw and change nothing */
#include "objects.h"

static_assert(!std::is_copy_constructible_v<quarry::pages> && std::is_nothrow_move_constructible_v<quarry::pages>);
static_assert(!std::is_copy_assignable_v<quarry::region> && std::is_nothrow_move_assignable_v<quarry::region>);

static void check_pages() {
    quarry::pages none, taken;
    CHECK(!none && none.data() == nullptr && none.size() == 0);
    for (unsigned order = 0; order <= 12; order++) {
        quarry::pages pages(order), zeroed = quarry::pages::zeroed(order);
        CHECK_AT(pages.size() == quarry::page_size << order && pages.order() == order, order);
        CHECK_AT(reinterpret_cast<std::uintptr_t>(pages.data()) % pages.size() == 0, order);
        CHECK_AT(is_zero(zeroed.data(), zeroed.size()), order);
        fill(pages.data(), pages.size(), order);
        taken = std::move(pages);
        CHECK_AT(!pages && pages.size() == 0 && holds(taken.data(), taken.size(), order), order);
        taken.swap(zeroed);
        CHECK_AT(holds(zeroed.data(), zeroed.size(), order), order);
    }
    int error = 0;
    try {
        quarry::pages impossible(QUARRY_MAX_ORDER + 1);
    } catch (const std::system_error &thrown) {
        error = thrown.code().value();
    }
    CHECK_AT(error == EINVAL, error);
}

static void check_regions() {
    quarry::region region(10000), none(0);
    CHECK(!none && none.size() == 0 && region.size() == 10000 && is_zero(region.data(), 10000));
    fill(region.data(), 10000, 3);
    for (std::size_t size = 20000; size < 200 * MIB; size *= 4) {
        region.resize(size);
        CHECK_AT(region.size() >= size && holds(region.data(), 10000, 3), size);
        CHECK_AT(region.data()[size - 1] == std::byte{0}, size);
    }
    bool refused = false;
    std::byte *at = region.data();
    std::size_t size = region.size();
    try {
        region.resize(impossible());
    } catch (const std::bad_alloc &) {
        refused = true;
    }
    CHECK(refused && region.data() == at && region.size() == size && holds(at, 10000, 3));
    none = std::move(region);
    CHECK(!region && none.data() == at && none.size() == size);
    none.resize(5000);
    CHECK(none.size() == 5000 && holds(none.data(), 5000, 3));
    none.resize(8000); /* in the same page, where bytes of the longer region were */
    CHECK(holds(none.data(), 5000, 3) && is_zero(none.data() + 5000, 3000));
    none.resize(0);
    CHECK(!none && none.size() == 0);
    none.resize(1);
    CHECK(none && none.size() == 1 && *none.data() == std::byte{0});
}

int main() {
    check_pages();
    check_regions();
    CHECK(quarry_check() == 0);
    return 0;
}
