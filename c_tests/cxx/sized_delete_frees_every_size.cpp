/* expect: exit 0
 * why:    C++14 [new.delete.single]/11: the size given back is the size asked for, at every class and its neighbours, and the
 *         memory really comes back: the sum of what is asked for here is hundreds of MiB */
#include "operators.h"

int main() {
    for (int times = 0; times < 20; times++)
        for (std::size_t step = 1; step <= 4 * MIB; step *= 2)
            for (std::size_t size : {step - 1, step, step + 1, step + step / 2}) {
                char *p = static_cast<char *>(opaque(::operator new(size))), *q = static_cast<char *>(opaque(::operator new[](size)));
                if (size > 0)
                    p[0] = p[size - 1] = q[0] = q[size - 1] = 1;
                ::operator delete(p, size);
                ::operator delete[](q, size);
            }
    CHECK_AT(resident_bytes() < 200 * MIB, resident_bytes());
    return 0;
}
