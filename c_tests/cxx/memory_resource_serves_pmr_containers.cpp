/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    [mem.res]: containers, pools and arenas of std::pmr over it; all are equal, and no other resource is; the one of
 *         heap_resource serves containers that die after main */
#include "../../include/quarry.hpp"
#include "operators.h"
#include <map>
#include <string>
#include <vector>

static std::pmr::map<int, std::pmr::string> outlives_main(quarry::heap_resource());

int main() {
    quarry::memory_resource mine;
    CHECK(mine == *quarry::heap_resource() && quarry::heap_resource() == quarry::heap_resource());
    CHECK(!(mine == *std::pmr::new_delete_resource()) && !(*std::pmr::null_memory_resource() == mine));
    for (std::size_t alignment = 1; alignment <= 1 << 20; alignment *= 2)
        for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{100}, 100 * KIB}) {
            void *object = mine.allocate(size, alignment);
            CHECK_AT(reinterpret_cast<std::uintptr_t>(object) % alignment == 0, alignment);
            CHECK_AT(quarry_malloc_usable_size(object) >= size, size);
            quarry::heap_resource()->deallocate(object, size, alignment);
        }
    std::pmr::monotonic_buffer_resource arena(&mine);
    std::pmr::unsynchronized_pool_resource pool(quarry::heap_resource());
    std::pmr::memory_resource *const resources[] = {&mine, &arena, &pool, quarry::heap_resource()};
    for (std::pmr::memory_resource *resource : resources) {
        std::pmr::vector<std::pmr::string> texts(resource);
        for (int i = 0; i < 3000; i++)
            texts.emplace_back(static_cast<std::size_t>(i % 200), static_cast<char>('a' + i % 26));
        for (int i = 0; i < 3000; i++)
            CHECK_AT(texts[static_cast<std::size_t>(i)].size() == static_cast<std::size_t>(i % 200), i);
    }
    for (int i = 0; i < 1000; i++)
        outlives_main[i] = "a text that is longer than what a string holds in itself";
    std::pmr::set_default_resource(quarry::heap_resource());
    CHECK(std::pmr::vector<int>(1000, 3)[999] == 3 && quarry_check() == 0);
    return 0;
}
