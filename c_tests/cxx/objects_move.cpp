/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    an object has one owner: it moves, is not copied, can be released and adopted, shared, and kept in containers; each
 *         way it comes back to its own cache */
#include "objects.h"
#include <map>
#include <thread>
#include <vector>

static_assert(!std::is_copy_constructible_v<quarry::object<counted>> && !std::is_copy_assignable_v<quarry::object<counted>>);
static_assert(std::is_nothrow_move_constructible_v<quarry::object<counted>>);
static_assert(std::is_nothrow_move_assignable_v<quarry::object<counted>>);
static_assert(!std::is_copy_constructible_v<quarry::object_cache<counted>>);
static_assert(!std::is_move_constructible_v<quarry::object_cache<counted>>);

int main() {
    {
        quarry::object_cache<counted> one("one"), two("two", [] { return counted(2); });
        quarry::object<counted> a = one.make(), b = two.make();
        counted *at = a.get(), *was = b.get();
        b = std::move(a); /* b's old one goes back to `two`, although its next one is of `one` */
        CHECK(a == nullptr && b.get() == at && was->is_constructed());
        a = two.make();
        swap(a, b);
        CHECK(a.get() == at && b->value == 2);
        counted *released = a.release();
        CHECK(!a && released->is_constructed());
        a = one.adopt(released);
        a.reset();
        std::map<int, quarry::object<counted>> kept;
        for (int i = 0; i < 100; i++)
            kept[i] = i % 2 == 0 ? one.make() : two.make();
        std::shared_ptr<counted> shared = std::move(kept[1]);
        std::thread([shared, gone = std::move(kept[2])]() mutable { gone.reset(); }).join();
        kept.erase(50);
        CHECK(shared.use_count() == 1 && shared->value == 2 && one.adopt(nullptr) == nullptr);
    }
    CHECK_AT(counted::made == counted::unmade, counted::made.load());
    CHECK(quarry_check() == 0);
    return 0;
}
