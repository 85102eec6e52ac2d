/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    [allocator.members]: bad_array_new_length if the size overflows, bad_alloc if there is no memory; before that the
 *         new-handler is called, as by operator new */
#include "../../include/quarry.hpp"
#include "operators.h"
#include <vector>

static int calls;

static void give_up_at_the_third() {
    if (++calls == 3)
        std::set_new_handler(nullptr);
}

int main() {
    quarry::allocator<long> allocator;
    int lengths = 0, refusals = 0;
    for (std::size_t count : {SIZE_MAX / 8 + 1, SIZE_MAX / 4, SIZE_MAX, SIZE_MAX / 8, SIZE_MAX / 16 + 1}) {
        try {
            allocator.deallocate(allocator.allocate(opaque_size(count)), count);
        } catch (const std::bad_array_new_length &) {
            lengths++;
        } catch (const std::bad_alloc &) {
            refusals++;
        }
    }
    CHECK_AT(lengths == 3 && refusals == 2, lengths);
    std::set_new_handler(give_up_at_the_third);
    try {
        (void)quarry::heap_resource()->allocate(impossible(), 64);
    } catch (const std::bad_alloc &) {
        refusals++;
    }
    CHECK_AT(calls == 3 && refusals == 3, calls);
    std::vector<int, quarry::allocator<int>> vector(10, 7);
    try {
        vector.reserve(vector.max_size());
    } catch (const std::bad_alloc &) {
        refusals++;
    }
    CHECK_AT(refusals == 4 && vector.size() == 10 && vector[9] == 7, refusals);
    return 0;
}
