/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    [allocator.requirements]: the containers rebind, move and compare it, over-aligned elements lie where they must, and
 *         what one allocated another frees */
#include "../../include/quarry.hpp"
#include "operators.h"
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

template <class T> using vector = std::vector<T, quarry::allocator<T>>;
using string = std::basic_string<char, std::char_traits<char>, quarry::allocator<char>>;
using map = std::map<int, string, std::less<int>, quarry::allocator<std::pair<const int, string>>>;
using table = std::unordered_map<int, int, std::hash<int>, std::equal_to<int>, quarry::allocator<std::pair<const int, int>>>;

struct alignas(256) wide {
    char bytes[300];
};

static_assert(std::allocator_traits<quarry::allocator<int>>::is_always_equal::value);
static_assert(std::is_empty_v<quarry::allocator<int>> && quarry::allocator<int>() == quarry::allocator<long>());
static_assert(std::is_nothrow_move_assignable_v<vector<int>>);

int main() {
    vector<int> numbers;
    map texts;
    table squares;
    std::list<wide, quarry::allocator<wide>> wides;
    for (int i = 0; i < 20000; i++) {
        numbers.push_back(i);
        texts[i].assign(static_cast<std::size_t>(i % 100), static_cast<char>('a' + i % 26));
        squares[i] = i * 3;
        if (i % 100 == 0)
            CHECK(reinterpret_cast<std::uintptr_t>(&wides.emplace_back()) % alignof(wide) == 0);
    }
    vector<int> moved = std::move(numbers), copied = moved;
    map moved_texts = std::move(texts);
    for (int i = 0; i < 20000; i++)
        CHECK_AT(moved[static_cast<std::size_t>(i)] == i && copied[static_cast<std::size_t>(i)] == i && squares.at(i) == i * 3 &&
                     moved_texts.at(i) == string(static_cast<std::size_t>(i % 100), static_cast<char>('a' + i % 26)), i);
    quarry::allocator<wide> one;
    wide *array = one.allocate(7);
    CHECK(reinterpret_cast<std::uintptr_t>(array) % alignof(wide) == 0 && quarry_malloc_usable_size(array) >= 7 * sizeof(wide));
    quarry::allocator<wide>(quarry::allocator<int>()).deallocate(array, 7);
    CHECK(*std::allocate_shared<int>(quarry::allocator<int>(), 7) == 7 && quarry_check() == 0);
    return 0;
}
