/* expect: exit 0
 * why:    C++17 [new.handler]/2: a handler may throw bad_alloc or a class derived from it; it leaves new as it is, and the
 *         frames between are cleaned up */
#include "operators.h"

struct OutOfOre : std::bad_alloc {
    int seam;
    explicit OutOfOre(int n) : seam(n) {}
};

static int cleaned, calls;
struct Cleaned {
    ~Cleaned() { cleaned++; }
};

static void *dig(int form) {
    Cleaned here;
    switch (form) {
    case 0: return opaque(::operator new(impossible()));
    case 1: return opaque(::operator new[](impossible()));
    case 2: return opaque(::operator new(impossible(), aligned_to(128)));
    default: return opaque(::operator new[](impossible(), aligned_to(128)));
    }
}

int main() {
    std::set_new_handler([] { throw OutOfOre(++calls); });
    for (int form = 0; form < 4; form++) {
        int seam = 0;
        try {
            dig(form);
        } catch (const OutOfOre &e) {
            seam = e.seam;
        }
        CHECK_AT(seam == form + 1 && cleaned == form + 1, form);
    }
    return 0;
}
