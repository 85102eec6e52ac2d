/* The names that <malloc.h> of an older libc does not declare. In a plain program they are weak: they are there only when the
 * library is preloaded. */
#ifndef NAMES_H
#define NAMES_H
#include <stddef.h>

#ifdef QUARRY_LINKED
#define QUARRY_NAME
#else
#define QUARRY_NAME __attribute__((weak))
#endif

#ifdef __cplusplus
extern "C" {
#endif

QUARRY_NAME void free_sized(void *p, size_t size);
QUARRY_NAME void free_aligned_sized(void *p, size_t alignment, size_t size);
QUARRY_NAME void cfree(void *p);
QUARRY_NAME size_t malloc_good_size(size_t size);

QUARRY_NAME void *__libc_malloc(size_t size);
QUARRY_NAME void *__libc_calloc(size_t count, size_t size);
QUARRY_NAME void *__libc_realloc(void *p, size_t size);
QUARRY_NAME void __libc_free(void *p);
QUARRY_NAME void *__libc_memalign(size_t alignment, size_t size);
QUARRY_NAME void *__libc_valloc(size_t size);
QUARRY_NAME void *__libc_pvalloc(size_t size);
QUARRY_NAME void __libc_cfree(void *p);
QUARRY_NAME int __posix_memalign(void **p, size_t alignment, size_t size);

QUARRY_NAME void *quarry_malloc(size_t size);
QUARRY_NAME void *quarry_calloc(size_t count, size_t size);
QUARRY_NAME void *quarry_realloc(void *p, size_t size);
QUARRY_NAME void quarry_free(void *p);
QUARRY_NAME void *quarry_aligned_alloc(size_t alignment, size_t size);
QUARRY_NAME size_t quarry_malloc_usable_size(const void *p);
QUARRY_NAME const char *quarry_version(void);
QUARRY_NAME int quarry_check(void);

#ifdef __cplusplus
}
#endif
#endif
