/* probe: says which file each function of the malloc family comes from, after a use of all of them.
 *
 * Output, a line per function: NAME FILE. A function that nobody exports prints nothing. ld.so only warns when it
 * cannot preload a library, and the program then runs on libc's malloc: only this shows who really serves. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `quarry_malloc` tells builds of Quarry from peers, whatever they are called. */
static const char *const names[] = {
    "malloc", "free", "calloc", "realloc", "posix_memalign", "aligned_alloc", "malloc_usable_size", "quarry_malloc",
};

int main(void)
{
    char *object = malloc(100);
    if (object == NULL)
        return 1;
    memset(object, 1, malloc_usable_size(object));
    object = realloc(object, 100000);
    if (object == NULL || object[99] != 1)
        return 1;
    free(object);
    object = calloc(100, 100);
    if (object == NULL || object[9999] != 0)
        return 1;
    free(object);
    void *aligned;
    if (posix_memalign(&aligned, 4096, 10) != 0 || (uintptr_t)aligned % 4096 != 0)
        return 1;
    free(aligned);

    for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
        Dl_info found;
        void *function = dlsym(RTLD_DEFAULT, names[at]);
        if (function != NULL && dladdr(function, &found) != 0)
            printf("%s %s\n", names[at], found.dli_fname);
    }
    return 0;
}
