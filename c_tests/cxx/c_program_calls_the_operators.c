/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    the operators are the library's own and need no C++ runtime: a C program without one calls all twenty */
#include "operators.h"

static void *made(void *p, size_t alignment, size_t size) {
    CHECK_AT(p != NULL && (uintptr_t)p % alignment == 0, size);
    fill(p, size, size);
    return opaque(p);
}

int main(void) {
    const char tag = 0;
    for (size_t size = 0; size < 100000; size = size * 2 + 1) {
        _ZdlPv(made(_Znwm(size), 16, size));
        _ZdaPv(made(_Znam(size), 16, size));
        _ZdlPvm(made(_ZnwmRKSt9nothrow_t(size, &tag), 16, size), size);
        _ZdaPvm(made(_ZnamRKSt9nothrow_t(size, &tag), 16, size), size);
        _ZdlPvRKSt9nothrow_t(made(_Znwm(size), 16, size), &tag);
        _ZdaPvRKSt9nothrow_t(made(_Znam(size), 16, size), &tag);
        _ZdlPvSt11align_val_t(made(_ZnwmSt11align_val_t(size, 64), 64, size), 64);
        _ZdaPvSt11align_val_t(made(_ZnamSt11align_val_t(size, 64), 64, size), 64);
        _ZdlPvmSt11align_val_t(made(_ZnwmSt11align_val_tRKSt9nothrow_t(size, 64, &tag), 64, size), size, 64);
        _ZdaPvmSt11align_val_t(made(_ZnamSt11align_val_tRKSt9nothrow_t(size, 64, &tag), 64, size), size, 64);
        _ZdlPvSt11align_val_tRKSt9nothrow_t(made(_ZnwmSt11align_val_t(size, 512), 512, size), 512, &tag);
        _ZdaPvSt11align_val_tRKSt9nothrow_t(made(_ZnamSt11align_val_t(size, 512), 512, size), 512, &tag);
    }
    return 0;
}
