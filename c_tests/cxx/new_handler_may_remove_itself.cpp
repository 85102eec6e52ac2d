/* expect: exit 0
 * why:    C++17 [new.delete.single]/4: the handler is looked up on every turn; when there is none any more, bad_alloc is
 *         thrown, or null returned */
#include "operators.h"

static int calls;
static void handler() {
    if (++calls == 5)
        std::set_new_handler(nullptr);
}

int main() {
    bool thrown = false;
    std::set_new_handler(handler);
    try {
        opaque(::operator new(impossible()));
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    CHECK_AT(thrown && calls == 5, calls);

    calls = 0;
    std::set_new_handler(handler);
    CHECK(opaque(::operator new[](impossible(), std::nothrow)) == nullptr);
    CHECK_AT(calls == 5, calls);
    return 0;
}
