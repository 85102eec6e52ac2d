/* expect: exit 0
 * why:    C++17 [new.delete.single]/7: the nothrow forms return a null pointer instead of throwing */
#include "operators.h"

int main() {
    CHECK(opaque(::operator new(impossible(), std::nothrow)) == nullptr);
    CHECK(opaque(::operator new[](impossible(), std::nothrow)) == nullptr);
    CHECK(opaque(::operator new(impossible(), aligned_to(64), std::nothrow)) == nullptr);
    CHECK(opaque(::operator new[](impossible(), aligned_to(64), std::nothrow)) == nullptr);
    return 0;
}
