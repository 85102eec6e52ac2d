/* expect: exit 0
 * why:    POSIX ENOMEM when nothing is left: each function of the family refuses in its own way and leaves what there is */
#include "exhaust.h"

int main(void) {
    size_t count;
    limit(RLIMIT_DATA, 200 * MIB);
    struct link *small, *chain = take_all(MIB, &count);
    size_t small_count;
    small = take_all(32, &small_count);
    for (int round = 0; round < 1000; round++) {
        void *p = chain;
        errno = 0;
        CHECK(calloc(1, MIB) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(realloc(chain, 100 * MIB) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(reallocarray(NULL, 1024, 1024) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(aligned_alloc(4096, MIB) == NULL && errno == ENOMEM);
        errno = 0;
        CHECK(memalign(2 * MIB, 2 * MIB) == NULL && errno == ENOMEM);
        CHECK(posix_memalign(&p, 64, MIB) == ENOMEM && p == chain);
    }
    check_all(chain, MIB, count);
    check_all(small, 32, small_count);
    free_all(small);
    free_all(chain);
    free(malloc(100 * MIB));
    exhaust(MIB, 64 * MIB);
    return 0;
}
