/* expect: exit 0
 * run:    shared
 * needs:  quarry
 * prep:   pedantic="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only"
 * prep:   for std in 17 20; do $CXX -std=c++$std $pedantic -x c++ "$HERE/../../include/quarry.hpp" || exit; done
 * why:    quarry.hpp is for C++17 and later, without a warning, and needs no header before it */
#include "../../include/quarry.hpp"

int main() { return quarry::page_size << QUARRY_MAX_ORDER == std::size_t{1} << 30 ? 0 : 1; }
