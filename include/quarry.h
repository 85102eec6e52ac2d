/* Quarry: a malloc for Linux. C11 and later, C++11 and later.
 *
 * A program needs no header to use Quarry: preloaded or linked, the library serves malloc, free and the rest of the family
 * as <stdlib.h> and <malloc.h> declare them, and in C++ operator new and operator delete. This header declares
 *
 *   - quarry_malloc and others: the same functions under names that nothing else can define; quarry_version, quarry_check,
 *     quarry_purge;
 *   - object caches: objects that stay constructed while they are free;
 *   - what the heap looks like: quarry_slabinfo, quarry_buddyinfo, as text and as JSON;
 *   - the names of the family that the headers of an older libc lack;
 *   - pages: runs of kernel pages by order;
 *   - bytes: malloc with a say in what happens when memory is short;
 *   - regions: memory areas of their own;
 *   - what the library owns: its memory areas, and where an address belongs.
 *
 * All reach one heap: what malloc returned may be given to quarry_free, and the other way round. Without the library's
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
 *   decay_ms:0..600000    the time over which freed memory goes back to the kernel. Default: 1000.
 *   maintenance_thread:false|true|always
 *                         a thread that sees to it while the program idles: none, one as soon as the program has a second
 *                         thread itself, one in any case. Default: false.
 *   arena:SIZE, magazine_rounds:1..128, thread_cache:SIZE, process_cache:SIZE: tuning; see the README's table.
 *
 * An unknown key, a bad value and a repeated key are each reported on standard error; the default is kept, of a repeated
 * key the last value. */
#ifndef QUARRY_H
#define QUARRY_H

#include <stddef.h>
#include <stdio.h>

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

/* Gives back to the kernel everything that can be given back, now: what magazines, depots and slabs keep, then every page of
 * free memory. What other threads have loaded is theirs until their next slow call; the destructors of object caches run.
 * malloc_trim(0) does the same and says only whether anything went.
 * Returns:  how many bytes went.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none */
QUARRY_API size_t quarry_purge(void) QUARRY_NOTHROW;

/* Object caches ----------------------------------------------------------------------------------------------------------
 *
 * A cache hands out objects of one size that stay constructed while they are free: the constructor runs once, when an object
 * is cut from its slab, and the destructor when the slab goes back to the buddy system. In between an object must be given
 * back in its constructed state. Allocating and freeing takes the same path as malloc: the magazines of the thread, the
 * depot, the slabs.
 * Source: Bonwick, USENIX Summer 1994, section 2; Bonwick & Adams, USENIX 2001, section 3.
 *
 * The callbacks of a cache may call malloc, and use, create and destroy other caches; they must not use their own, but for
 * `reclaim`, and none may destroy its own. They return: neither an exception nor longjmp leaves them. They run in
 * calls on their own cache; destructors also in malloc_trim; destructors and `reclaim` also in any call that finds memory
 * short. So they must not wait for a lock that is held across malloc_trim, a call on their own cache, quarry_cache_destroy
 * of any cache (which waits for callbacks that malloc_trim or shortage run), or any call that may find memory short.
 *
 * NULL is not a cache: no call takes it. */

typedef struct quarry_cache quarry_cache;

/* Makes an object of the raw memory at `object`. Returns 0, or another number if it cannot: then nothing is to be undone. */
typedef int quarry_constructor(void *object, void *arg);
/* Undoes the constructor. */
typedef void quarry_destructor(void *object, void *arg);
/* Memory is short: gives back what of the cache's objects and of other memory can be spared. */
typedef void quarry_reclaim(void *arg);

#define QUARRY_CACHE_NOCOLOUR 1u /* objects lie at the same offsets in every slab */
#define QUARRY_CACHE_MAX 1024    /* most caches at a time */

/* Creates a cache of objects of `size` bytes aligned to `align`, 0 for 8 (16 from 16 bytes on). `name`, which is copied, has
 * 1 to 31 printable ASCII characters other than space, '"' and '\'; it need not be unique. `constructor`, `destructor` and
 * `reclaim` may be NULL; `arg` is passed to them.
 * Returns:  the cache, or NULL.
 * errno:    EINVAL for a bad name, size 0 or above 4 MiB, an alignment that is no power of two or above 16 KiB, an unknown
 *           flag; ENOMEM if there is no memory; EAGAIN if there are QUARRY_CACHE_MAX caches.
 * Threads:  safe.                          Standard: none; Solaris, kmem_cache_create; libumem, umem_cache_create */
QUARRY_API quarry_cache *quarry_cache_create(const char *name, size_t size, size_t align, quarry_constructor *constructor,
                                             quarry_destructor *destructor, quarry_reclaim *reclaim, void *arg,
                                             unsigned flags) QUARRY_USE;

/* Allocates a constructed object.
 * Returns:  the object, or NULL.
 * errno:    ENOMEM if there is no memory, or the constructor fails.
 * Threads:  safe.                          Standard: none; Solaris, kmem_cache_alloc; libumem, umem_cache_alloc
 * Cost:     as malloc. */
QUARRY_API void *quarry_cache_alloc(quarry_cache *cache) QUARRY_USE;

/* Frees an object, in its constructed state, into the cache that it came from. NULL does nothing. Another cache stops the
 * process ("wrong cache"), and so does a second time ("double free"), when the magazine is drained at the latest.
 * errno:    is left as it was.
 * Threads:  safe; an object may be freed by another thread than allocated it.
 * Standard: none; Solaris, kmem_cache_free; libumem, umem_cache_free
 * Cost:     as free. */
QUARRY_API void quarry_cache_free(quarry_cache *cache, void *object);

/* Allocates `count` objects into `objects`, all or none.
 * Returns:  `count`, or 0.
 * errno:    as quarry_cache_alloc.
 * Threads:  safe.                          Standard: none; Linux, kmem_cache_alloc_bulk */
QUARRY_API size_t quarry_cache_alloc_bulk(quarry_cache *cache, size_t count, void **objects) QUARRY_USE;

/* Frees `count` objects, each as quarry_cache_free does; a NULL among them does nothing. `count` 0 does nothing.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Linux, kmem_cache_free_bulk */
QUARRY_API void quarry_cache_free_bulk(quarry_cache *cache, size_t count, void *const *objects);

/* Gives back what the cache can spare: the objects in this thread's magazines and in the depot go to their slabs, and empty
 * slabs are destructed and go to the buddy system. Magazines of other threads are left to them.
 * Returns:  the bytes of the slabs that went.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Solaris, kmem_cache_reap; libumem, umem_cache_reap */
QUARRY_API size_t quarry_cache_reap(quarry_cache *cache);

/* Destroys a cache: every object is destructed. All of them must have been freed, and no other call on the cache may run
 * meanwhile or come later: such a call stops the process ("destroyed cache") or is lost.
 * Returns:  0; or -1 if objects are still out: then a line on standard error says how many and where the first ones are, and
 *           the cache is as it was.
 * errno:    EBUSY if objects are still out, or if it is called from within a callback of this cache.
 * Threads:  safe, for different caches.    Standard: none; Solaris, kmem_cache_destroy; libumem, umem_cache_destroy */
QUARRY_API int quarry_cache_destroy(quarry_cache *cache);

/* What the heap looks like --------------------------------------------------------------------------------------------- */

/* Writes the caches to `stream` in the form of slabinfo(5), version 2.1: two lines of headings, then a line per size class
 * ("size-64") and object cache in use: name, active objects, all objects, object size, objects per slab, pages per slab;
 * tunables: rounds of a magazine, the same, 0; slabdata: slabs in use, all slabs, 0; and beyond that form, magazines: free
 * objects in those of threads, and in those of the depot. Exact while no other thread allocates.
 * Returns:  0, or -1 if writing failed.
 * errno:    as fwrite sets it.
 * Threads:  safe.                          Standard: none; Linux, slabinfo(5) */
QUARRY_API int quarry_slabinfo(FILE *stream);

/* Writes the same as one JSON object on a line: {"version":1,"caches":[...]}, for each cache an object with the keys, in the
 * order of the columns, "name", "active_objects", "objects", "object_bytes", "objects_per_slab", "pages_per_slab",
 * "magazine_rounds", "slabs_in_use", "slabs", "in_magazines", "in_depot"; and "counted", allocations since the
 * start, which are counted when a magazine is exchanged. All but "name" are numbers.
 * Returns, errno, threads: as quarry_slabinfo. */
QUARRY_API int quarry_slabinfo_json(FILE *stream);

/* Writes a line per arena to `stream`, "arena N, free runs" and 17 numbers: how many runs of each order are free, from order
 * 0 (a granule, 16 KiB) to order 16 (1 GiB). Exact while no other thread allocates.
 * Returns:  0, or -1 if writing failed.
 * errno:    as fwrite sets it.
 * Threads:  safe.                          Standard: none; Linux, /proc/buddyinfo (proc(5)) */
QUARRY_API int quarry_buddyinfo(FILE *stream);

/* Writes the same as one JSON object on a line: {"version":1,"order_0_bytes":16384,"arenas":[{"arena":0,"free_runs":[...]}]},
 * with 17 numbers in "free_runs", order 0 first.
 * Returns, errno, threads: as quarry_buddyinfo. */
QUARRY_API int quarry_buddyinfo_json(FILE *stream);

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

/* Pages ------------------------------------------------------------------------------------------------------------------
 *
 * Runs of kernel pages from the buddy system, contiguous and aligned to their size. `order` k is 2^k pages; the page is the
 * kernel's smallest on this architecture, 4 KiB on x86-64. Orders up to a granule (16 KiB) are slab objects: allocating
 * them costs what malloc costs, freeing them about ten instructions more than free, for the check of the order. The others are
 * cut from the arena under one lock.
 * Source: Knowlton, CACM 1965; Knuth, TAOCP 1, 2.5. The names are those of Linux's page allocator. */

/* The largest order: 2^18 pages, 1 GiB where the page has 4 KiB. quarry_max_order() is the same of the library in use. */
#define QUARRY_MAX_ORDER 18
QUARRY_API unsigned quarry_max_order(void) QUARRY_NOTHROW;

/* Allocates 2^order pages, contents undefined.
 * Returns:  an address aligned to the size of the run, or NULL.
 * errno:    ENOMEM if there is no memory; EINVAL if order > QUARRY_MAX_ORDER.
 * Threads:  safe.                          Standard: none; Linux, alloc_pages */
QUARRY_API void *quarry_alloc_pages(unsigned order) QUARRY_NOTHROW QUARRY_MALLOC;

/* Allocates 2^order pages, all bytes zero; memory that is known to be zero is not cleared again.
 * Returns:  as quarry_alloc_pages.
 * errno:    as quarry_alloc_pages.
 * Threads:  safe.                          Standard: none; Linux, get_zeroed_page */
QUARRY_API void *quarry_get_zeroed_pages(unsigned order) QUARRY_NOTHROW QUARRY_MALLOC;

/* Allocates the fewest whole pages that hold `size` bytes, contents undefined. Size 0 gives a page. Up to 16 KiB that is what
 * is taken. Beyond, it is rounded up to granules of 16 KiB, and what a power of two would hold beyond these is given back;
 * above 1 GiB, or where no arena has room, it is an area of exactly these pages.
 * Returns:  an address aligned to a page, and to the size if that is a power of two of at most 1 GiB; or NULL.
 * errno:    ENOMEM if there is no memory, or size > PTRDIFF_MAX.
 * Threads:  safe.                          Standard: none; Linux, alloc_pages_exact */
QUARRY_API void *quarry_alloc_pages_exact(size_t size) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZE(1);

/* Frees what quarry_alloc_pages or quarry_get_zeroed_pages returned for this `order`. NULL does nothing. Another order stops
 * the process ("wrong order"), and so does a part of a run ("interior pointer").
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Linux, free_pages */
QUARRY_API void quarry_free_pages(void *pages, unsigned order) QUARRY_NOTHROW;

/* Frees what quarry_alloc_pages_exact returned for this `size`. NULL does nothing. A wrong size is recognised, and stops the
 * process ("wrong order"), if it makes another number of pages (up to 16 KiB, and of areas) or of granules (beyond); one that
 * comes to the same is taken for the right one. A part of what was returned stops the process as in quarry_free_pages.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Linux, free_pages_exact */
QUARRY_API void quarry_free_pages_exact(void *pages, size_t size) QUARRY_NOTHROW;

/* Bytes ------------------------------------------------------------------------------------------------------------------
 *
 * malloc with a say in what happens when memory is short. What these return may be given to free and realloc, and the other
 * way round. Flags are or'ed; 0 is malloc. */
#define QUARRY_ZERO 1u   /* all bytes zero */
#define QUARRY_NOFAIL 2u /* never NULL: runs the reclaim callbacks of all caches, then the out-of-memory handler, and tries again */
#define QUARRY_NOWAIT 4u /* never enters the kernel and never waits: NULL if no committed memory is at hand */
#define QUARRY_HUGE 8u   /* a hint: from 2 MiB on the object starts on a huge page and asks for huge pages */

/* Allocates `size` bytes.
 * Returns:  a pointer aligned to 16, or NULL unless QUARRY_NOFAIL is set. Size 0 gives a unique pointer.
 * errno:    ENOMEM if there is no memory, or size > PTRDIFF_MAX; EINVAL for an unknown flag, or NOFAIL with NOWAIT.
 * Stops:    with QUARRY_NOFAIL and no handler set, or a size that can never be had: "quarry: out of memory: ...".
 * Threads:  safe.                          Standard: none; Linux, kmalloc */
QUARRY_API void *quarry_kmalloc(size_t size, unsigned flags) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZE(1);

/* quarry_kmalloc with QUARRY_ZERO added to `flags`.
 * Returns, errno, stops: as quarry_kmalloc.
 * Threads:  safe.                          Standard: none; Linux, kzalloc */
QUARRY_API void *quarry_kzalloc(size_t size, unsigned flags) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZE(1);

/* quarry_realloc with flags. With QUARRY_ZERO in the allocating call and in every later one, bytes that the object gains are
 * zero. NULL allocates; size 0 frees and returns NULL.
 * Returns:  a pointer aligned to 16, which replaces `object`; or NULL, and then `object` is as it was, unless `size` is 0.
 * errno:    as quarry_kmalloc; for an unknown flag the object is as it was.
 * Stops:    as quarry_kmalloc.
 * Threads:  safe; the object must not be in use elsewhere.                Standard: none; Linux, krealloc */
QUARRY_API void *quarry_krealloc(void *object, size_t size, unsigned flags) QUARRY_NOTHROW QUARRY_USE QUARRY_SIZE(2);

/* Says how many bytes of `object` may be used: quarry_malloc_usable_size.
 * Returns:  a number not below the size asked for; 0 for NULL.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Linux, ksize */
QUARRY_API size_t quarry_ksize(const void *object) QUARRY_NOTHROW;

/* Frees `object`: quarry_free. NULL does nothing.
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Linux, kfree */
QUARRY_API void quarry_kfree(void *object) QUARRY_NOTHROW;

/* What QUARRY_NOFAIL calls when memory is short and the reclaim callbacks did not help: it makes room, or does not return.
 * It may allocate and free, and leave by longjmp. NULL removes it.
 * errno:    is left as it was.
 * Threads:  safe; the handler runs in the thread that asks for memory, and may run in several at once.
 * Standard: none; C++, std::set_new_handler */
typedef void quarry_oom_handler(size_t size, void *arg);
QUARRY_API void quarry_set_oom_handler(quarry_oom_handler *handler, void *arg) QUARRY_NOTHROW;

/* Regions ----------------------------------------------------------------------------------------------------------------
 *
 * Memory areas of their own, contiguous in addresses alone: each is one mapping, which grows by moving page tables and not
 * bytes. For what is large and long-lived; an allocation costs system calls. What these return may be given to free and
 * realloc. */

/* Allocates a region of at least `size` bytes, all zero, whole pages. Size 0 gives a page.
 * Returns:  an address aligned to a page, or NULL.
 * errno:    ENOMEM if there is no memory or no address space, or size > PTRDIFF_MAX.
 * Threads:  safe.                          Standard: none; Linux, vmalloc */
QUARRY_API void *quarry_vmalloc(size_t size) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZE(1);

/* The same: a region's bytes are always zero at first.
 * Returns, errno: as quarry_vmalloc.
 * Threads:  safe.                          Standard: none; Linux, vzalloc */
QUARRY_API void *quarry_vzalloc(size_t size) QUARRY_NOTHROW QUARRY_MALLOC QUARRY_SIZE(1);

/* Changes the size of a region, moving it where it must: its bytes are kept, new ones are zero, none is copied (mremap).
 * NULL allocates; size 0 frees and returns NULL. A pointer that is no region stops the process ("not a region").
 * Returns:  an address aligned to a page, which replaces `region`; or NULL, and then it is as it was, unless `size` is 0.
 * errno:    as quarry_vmalloc.
 * Threads:  safe; the region must not be in use elsewhere.                Standard: none; Linux, vrealloc and mremap(2) */
QUARRY_API void *quarry_vrealloc(void *region, size_t size) QUARRY_NOTHROW QUARRY_USE QUARRY_SIZE(2);

/* Frees a region. NULL does nothing. A pointer that is no region stops the process ("not a region").
 * errno:    is left as it was.
 * Threads:  safe.                          Standard: none; Linux, vfree */
QUARRY_API void quarry_vfree(void *region) QUARRY_NOTHROW;

/* What the library owns ------------------------------------------------------------------------------------------------ */

/* Kinds of memory areas. */
#define QUARRY_AREA_ARENA 1    /* the runs of an arena: slabs, pages, large objects */
#define QUARRY_AREA_METADATA 2 /* records: of an arena, of slabs, magazines, threads */
#define QUARRY_AREA_REGION 3   /* a region */

/* A memory area: an interval of addresses. */
typedef struct quarry_area {
    int kind;          /* QUARRY_AREA_... */
    void *start;       /* its first address */
    size_t size;       /* bytes of address space reserved */
    size_t committed;  /* bytes of them that may be touched */
    size_t in_use;     /* bytes of those in objects, slabs or records; the rest is free */
} quarry_area;

/* Calls `callback` for every area, until it returns other than 0. The callback may allocate and free: no lock is held.
 * Returns:  what the last callback returned, 0 if there was none.
 * errno:    is left as it was, unless the callback sets it.
 * Threads:  safe; areas that come or go meanwhile may be missed.          Standard: none */
QUARRY_API int quarry_areas(int (*callback)(const quarry_area *area, void *arg), void *arg);

/* States of an address. */
#define QUARRY_PLACE_IN_USE 1   /* inside an object that the program has */
#define QUARRY_PLACE_FREE 2     /* inside a free object or free memory */
#define QUARRY_PLACE_METADATA 3 /* a record of the library's */
#define QUARRY_PLACE_RESERVED 4 /* address space set aside, not to be touched */

/* Where a pointer belongs. */
typedef struct quarry_place {
    int kind;          /* QUARRY_AREA_... of the area */
    int state;         /* QUARRY_PLACE_... */
    void *area;        /* where the area starts */
    void *object;      /* where the object starts that the address is in, free or in use; NULL if it is in none */
    size_t size;       /* bytes of that object, 0 without one */
    const char *cache; /* the name of its size class or object cache, "" without one; lives as long as the cache */
} quarry_place;

/* Says where `pointer` belongs, whatever it is: nothing is read through it, so it may be wild.
 * Returns:  1 and fills in *place (unless that is NULL) if the address is the library's, else 0.
 * errno:    is left as it was.
 * Threads:  safe. Objects in the magazines of other threads that run meanwhile may be told either way.
 * Standard: none */
QUARRY_API int quarry_owns(const void *pointer, quarry_place *place) QUARRY_NOTHROW;

#ifdef __cplusplus
}
#endif

#endif
