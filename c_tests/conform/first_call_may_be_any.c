/* expect: exit 0
 * why:    the heap has no first function: whichever is called first finds it ready (C11 7.22.3 knows no initialisation). In a
 *         linked program the first call of main is often the first of all */
#include "../check.h"
#include <sys/wait.h>

static int call(int which) {
    void *p = NULL;
    switch (which) {
    case 0: return malloc(1) != NULL;
    case 1: return calloc(1, 1) != NULL;
    case 2: return realloc(NULL, 1) != NULL;
    case 3: free(opaque(NULL)); return malloc_usable_size(opaque(NULL)) == 0;
    case 4: return memalign(64, 1) != NULL;
    case 5: return posix_memalign(&p, 64, 1) == 0;
    case 6: return aligned_alloc(4096, 1) != NULL;
    case 7: return malloc(5 * GIB) != NULL;
    case 8: return malloc_trim(0) >= 0;
    case 9: return mallinfo2().uordblks < MIB;
    default: return malloc(opaque_size(SIZE_MAX)) == NULL;
    }
}

int main(void) {
    /* Nothing was called yet: each child makes its own first call. */
    for (int which = 0; which < 11; which++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            _exit(call(which) == 1 ? 0 : 1);
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, which);
    }
    return 0;
}
