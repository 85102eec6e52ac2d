/* expect: exit 0
 * needs:  quarry
 * why:    __libc_free and __libc_cfree are free: memory that went through them is used again, and null does nothing */
#include "../check.h"
#include "../names.h"

static void frees(void (*release)(void *p)) {
    release(opaque(NULL));
    for (int i = 0; i < 200000; i++) {
        char *p = malloc(3000);
        CHECK_AT(p != NULL, i);
        p[0] = p[2999] = 1;
        errno = 4711;
        release(p);
        CHECK_AT(errno == 4711, i);
    }
    CHECK_AT(resident_bytes() < 64 * MIB, resident_bytes());
}

int main(void) {
    frees(__libc_free);
    frees(__libc_cfree);
    return 0;
}
