/* expect: exit 0
 * why:    C++17 [new.delete.single]/3: failure is reported by an exception of type std::bad_alloc, of the program's own
 *         runtime, so that it is caught as one and has its what() */
#include "operators.h"
#include <exception>

template <typename Allocate> static void expect_bad_alloc(int form, Allocate allocate) {
    for (int times = 0; times < 3; times++) {
        const char *what = nullptr;
        try {
            opaque(allocate());
        } catch (const std::exception &e) {
            CHECK_AT(dynamic_cast<const std::bad_alloc *>(&e) != nullptr, form);
            what = e.what();
        }
        CHECK_AT(what != nullptr && strstr(what, "bad_alloc") != nullptr, form);
    }
}

int main() {
    expect_bad_alloc(0, [] { return ::operator new(impossible()); });
    expect_bad_alloc(1, [] { return ::operator new[](impossible()); });
    expect_bad_alloc(2, [] { return ::operator new(impossible(), aligned_to(64)); });
    expect_bad_alloc(3, [] { return ::operator new[](impossible(), aligned_to(64)); });
    expect_bad_alloc(4, [] { return ::operator new(SIZE_MAX); });
    return 0;
}
