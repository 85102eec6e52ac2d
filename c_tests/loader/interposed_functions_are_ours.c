/* expect: exit 0
 * run:    shared preload
 * needs:  quarry
 * why:    malloc and the rest must come from one library: a name that is missing is libc's, and its pointers are foreign */
#include "../check.h"
#include "../names.h"
#include <dlfcn.h>

int main(void) {
    const char *names[] = {"malloc", "free", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "memalign",
                           "valloc", "pvalloc", "malloc_usable_size", "free_sized", "free_aligned_sized", "cfree", "malloc_trim",
                           "malloc_stats", "malloc_info", "mallinfo", "mallinfo2", "mallopt", "malloc_good_size", "__libc_malloc",
                           "__libc_calloc", "__libc_realloc", "__libc_free", "__libc_memalign", "__libc_valloc", "__libc_pvalloc",
                           "__libc_cfree", "__posix_memalign", "quarry_malloc", "quarry_calloc", "quarry_realloc", "quarry_free",
                           "quarry_aligned_alloc", "quarry_malloc_usable_size", "quarry_version", "quarry_check", "_Znwm",
                           "_Znam", "_ZdlPv", "_ZdaPv", "_ZnwmRKSt9nothrow_t", "_ZdlPvm", "_ZnwmSt11align_val_t"};
    Dl_info home, info;
    CHECK(dladdr(dlsym(RTLD_DEFAULT, "malloc"), &home) != 0);
    CHECK(dladdr((void *)(uintptr_t)quarry_version, &info) != 0 && info.dli_fbase == home.dli_fbase);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *address = dlsym(RTLD_DEFAULT, names[i]);
        CHECK_AT(address != NULL && dladdr(address, &info) != 0 && info.dli_fbase == home.dli_fbase, i);
    }
    return 0;
}
