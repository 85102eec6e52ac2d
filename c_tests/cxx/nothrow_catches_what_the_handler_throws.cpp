/* expect: exit 0
 * why:    C++17 [new.delete.single]/7: "returns a null pointer if new(size) throws", whoever throws, and the exception
 *         is destroyed there */
#include "operators.h"
#include <exception>

static int alive;
struct Exception : std::bad_alloc {
    Exception() { alive++; }
    Exception(const Exception &) : std::bad_alloc() { alive++; }
    ~Exception() override { alive--; }
};

int main() {
    std::set_new_handler([] { throw Exception(); });
    for (int times = 0; times < 100; times++) {
        CHECK_AT(opaque(::operator new(impossible(), std::nothrow)) == nullptr, times);
        CHECK_AT(opaque(::operator new[](impossible(), std::nothrow)) == nullptr, times);
        CHECK_AT(opaque(::operator new(impossible(), aligned_to(64), std::nothrow)) == nullptr, times);
        CHECK_AT(opaque(::operator new[](impossible(), aligned_to(64), std::nothrow)) == nullptr, times);
        CHECK_AT(alive == 0 && std::uncaught_exceptions() == 0, alive);
    }
    return 0;
}
