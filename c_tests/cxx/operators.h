/* The twenty operators by their mangled names, for C, and what the tests of them share. */
#ifndef OPERATORS_H
#define OPERATORS_H
#include "../check.h"
#include <sys/resource.h>

#ifdef __cplusplus
#if defined(__GNUC__) && !defined(__clang__)
/* g++ warns of a program that replaces delete(void *) alone, which several tests are about. */
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#endif
#include <initializer_list>
#include <new>
/* More than any object may have, hidden from a compiler that would warn. */
static CHECK_UNUSED std::size_t impossible() { return opaque_size(static_cast<std::size_t>(PTRDIFF_MAX) + 1); }
static CHECK_UNUSED std::align_val_t aligned_to(std::size_t alignment) { return static_cast<std::align_val_t>(alignment); }

/* From here on the kernel gives no more memory than the process has now, or gives it again. */
static CHECK_UNUSED void set_memory_limit(bool limited) {
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_DATA, &limit) == 0);
    limit.rlim_cur = limited ? statm_bytes(5) : limit.rlim_max;
    CHECK(setrlimit(RLIMIT_DATA, &limit) == 0);
}
#else
void *_Znwm(size_t size);
void *_Znam(size_t size);
void *_ZnwmRKSt9nothrow_t(size_t size, const void *tag);
void *_ZnamRKSt9nothrow_t(size_t size, const void *tag);
void *_ZnwmSt11align_val_t(size_t size, size_t alignment);
void *_ZnamSt11align_val_t(size_t size, size_t alignment);
void *_ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *tag);
void *_ZnamSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void *tag);
void _ZdlPv(void *p);
void _ZdaPv(void *p);
void _ZdlPvm(void *p, size_t size);
void _ZdaPvm(void *p, size_t size);
void _ZdlPvRKSt9nothrow_t(void *p, const void *tag);
void _ZdaPvRKSt9nothrow_t(void *p, const void *tag);
void _ZdlPvSt11align_val_t(void *p, size_t alignment);
void _ZdaPvSt11align_val_t(void *p, size_t alignment);
void _ZdlPvmSt11align_val_t(void *p, size_t size, size_t alignment);
void _ZdaPvmSt11align_val_t(void *p, size_t size, size_t alignment);
void _ZdlPvSt11align_val_tRKSt9nothrow_t(void *p, size_t alignment, const void *tag);
void _ZdaPvSt11align_val_tRKSt9nothrow_t(void *p, size_t alignment, const void *tag);
#endif
#endif
