/* Quarry: a malloc for Linux. C11 and later, C++11 and later.
 *
 * A program needs no header to use Quarry: preloaded or linked, the library serves malloc, free and the rest of the family
 * as <stdlib.h> and <malloc.h> declare them, and in C++ operator new and operator delete. This header declares
 *
 *   - quarry_*, the same functions under names that nothing else can define, and two of Quarry's own;
 *   - the names of the family that the headers of an older libc lack.
 *
 * Both reach one heap: what malloc returned may be given to quarry_free, and the other way round. Without the library's
 * feature "preload" only the quarry_* names exist, and only what they returned may be given to them.
 *
 * All sizes and alignments are in bytes. All functions may be called from any thread at any time, also from a forked child;
 * none may be called from a signal handler. A pointer that is freed twice, or was never returned, stops the process with one
 * line on standard error: "quarry: double free: 0x... (class 48 B)".
 *
 * Environment. QUARRY_CONF="key:value,key:value" is read when the library is loaded, and ignored in set-user-ID programs:
 *
 *   stats:off|exit|json   writes what the heap held when the program exits: not at all, as text, as JSON. Default: off.
 *   output:PATH           the file that the report goes to; %p in it is the process's number. Default: standard error.
 *   decay_ms:0..600000, arena:SIZE, magazine_rounds:1..128, thread_cache:SIZE: tuning; see the README's table.
 *
 * An unknown key, a bad value and a repeated key are each reported on standard error; the default is kept, of a repeated
 * key the last value. */
#ifndef QUARRY_H
#define QUARRY_H

#include <stddef.h>

/* Attributes, the only place where they are spelled out. */
#if defined(__GNUC__)
#define QUARRY_API __attribute__((__visibility__("default")))
#define QUARRY_USE __attribute__((__warn_unused_result__))
#define QUARRY_MALLOC __attribute__((__malloc__)) QUARRY_USE     /* the result aliases nothing */
#define QUARRY_SIZE(n) __attribute__((__alloc_size__(n)))        /* it has as many bytes as the n-th argument says */
#define QUARRY_SIZES(n, m) __attribute__((__alloc_size__(n, m))) /* as the product of two arguments says */
#define QUARRY_ALIGN(n) __attribute__((__alloc_align__(n)))      /* it is aligned as the n-th argument says */
#else
#define QUARRY_API
#define QUARRY_USE
#define QUARRY_MALLOC
#define QUARRY_SIZE(n)
#define QUARRY_SIZES(n, m)
#define QUARRY_ALIGN(n)
#endif
#if defined(__cplusplus)
#define QUARRY_NOTHROW noexcept
#elif defined(__GNUC__)
#define QUARRY_NOTHROW __attribute__((__nothrow__))
#else
#define QUARRY_NOTHROW
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Allocates `size` bytes, uninitialised.
 * Returns:  a pointer aligned to 16, or NULL. Size 0 gives a unique pointer.
 * errno:    ENOMEM if there is no memory, or size > PTRDIFF_MAX.
 * Threads:  safe.                          Standard: C11 7.22.3.4, malloc */
QUARRY_API void *quarry_malloc(size_t size) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZE(1);

/* Allocates an array of `count` elements of `size` bytes, all bytes zero.
 * Returns:  a pointer aligned to 16, or NULL. No elements, or elements of size 0, give a unique pointer.
 * errno:    ENOMEM if there is no memory, or the product overflows or exceeds PTRDIFF_MAX.
 * Threads:  safe.                          Standard: C11 7.22.3.2, calloc */
QUARRY_API void *quarry_calloc(size_t count, size_t size) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZES(1, 2);

/* Changes the size of `object` to `size` bytes, moving it if need be; the bytes up to the smaller size are kept, others
 * are uninitialised. `object` NULL allocates. `size` 0 frees `object` and returns NULL.
 * Returns:  a pointer aligned to 16, which replaces `object`; or NULL, and then `object` is as it was, unless `size` is 0.
 * errno:    ENOMEM if there is no memory, or size > PTRDIFF_MAX.
 * Threads:  safe; the object must not be in use elsewhere.
 * Standard: C11 7.22.3.5, realloc; size 0 as in glibc */
QUARRY_API void *quarry_realloc(void *object, size_t size) QUARRY_NOTHROW QUARRY_USE QUARRY_SIZE(2);

/* Frees `object`. NULL does nothing.
 * errno:    is left as it was.
 * Threads:  safe; an object may be freed by another thread than allocated it.
 * Standard: C11 7.22.3.3, free; POSIX.1-2024 for errno */
QUARRY_API void quarry_free(void *object) QUARRY_NOTHROW;

/* Allocates `size` bytes aligned to `alignment`, uninitialised. An alignment that is not a power of two is rounded up to one;
 * `size` need not be a multiple of it. Size 0 gives a unique pointer.
 * Returns:  a pointer aligned to `alignment` and to 16, or NULL.
 * errno:    ENOMEM if there is no memory, or size > PTRDIFF_MAX; EINVAL if alignment > 2^62.
 * Threads:  safe.                          Standard: C11 7.22.3.1 with DR 460, aligned_alloc */
QUARRY_API void *quarry_aligned_alloc(size_t alignment, size_t size) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_ALIGN(1)
    QUARRY_SIZE(2);

/* Says how many bytes of `object` may be used: its size class, which does not change while the object lives.
 * Returns:  a number not below the size asked for; 0 for NULL.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: GNU, malloc_usable_size */
QUARRY_API size_t quarry_malloc_usable_size(const void *object) QUARRY_NOTHROW;

/* Says which Quarry this is.
 * Returns:  a text that lives as long as the program, such as "0.1.0".
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none */
QUARRY_API const char *quarry_version(void) QUARRY_NOTHROW;

/* Walks the heap and checks what must hold of it: every record agrees with every other. For tests and for searching a fault.
 * Returns:  0 if the heap is sound, else 1, and a line on standard error names the first rule that does not hold.
 * errno:    is left as it was.
 * Threads:  safe, but exact only while no other thread allocates.      Standard: none */
QUARRY_API int quarry_check(void) QUARRY_NOTHROW;

/* Names of the family that not every libc declares -------------------------------------------------------------------- */

/* Frees `object`, which malloc, calloc or realloc returned for `size` bytes. NULL does nothing.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: C23 7.24.3.4 */
QUARRY_API void free_sized(void *object, size_t size) QUARRY_NOTHROW;

/* Frees `object`, which aligned_alloc returned for this `alignment` and `size`. NULL does nothing.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: C23 7.24.3.5 */
QUARRY_API void free_aligned_sized(void *object, size_t alignment, size_t size) QUARRY_NOTHROW;

/* Frees `object`, as free does.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; SunOS, and glibc before 2.26 */
QUARRY_API void cfree(void *object) QUARRY_NOTHROW;

/* Says how many bytes malloc(size) would really give, so that a growing buffer can use them from the start.
 * Returns:  a number not below `size`.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; macOS */
QUARRY_API size_t malloc_good_size(size_t size) QUARRY_NOTHROW;

#ifdef __cplusplus
}
#endif

#endif
