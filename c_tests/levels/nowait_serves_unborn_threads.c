/* expect: exit 0
 * needs:  quarry
 * why:    with QUARRY_NOWAIT a thread is served whose first call it is, and the very first call of a process is refused rather than
 *         that it would make a heap */
#include "nowait.h"

static void *first_call(void *arg) {
    forbid_the_kernel();
    char *p = quarry_kmalloc(*(size_t *)arg, QUARRY_NOWAIT | QUARRY_ZERO);
    CHECK(p != NULL && is_zero(p, *(size_t *)arg));
    CHECK(nowait(*(size_t *)arg, 3, KEPT) > 0);
    /* Without ending the thread by the library's way, which calls the kernel. */
    syscall(SYS_exit, 0);
    return NULL;
}

int main(void) {
    char *early = quarry_kmalloc(100, QUARRY_NOWAIT);
    CHECK(early == NULL || quarry_owns(early, NULL) == 1);
    const size_t sizes[] = {100, 5000, 100000, 6 * MIB};
    for (int i = 0; i < 4; i++) {
        size_t size = sizes[i];
        free(malloc(40 * MIB));
        free(malloc(size));
        pthread_t thread = start(first_call, &size);
        join(thread);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
