/* expect: exit 0
 * why:    POSIX RLIMIT_AS set by a program that already runs: the heap goes on with what it reserved before, and a refusal of
 *         the kernel is a refusal of malloc */
#include "exhaust.h"

int main(void) {
    size_t count;
    char *kept = malloc(10000);
    CHECK(kept != NULL);
    fill(kept, 10000, 1);
    limit(RLIMIT_AS, statm_bytes(0) + 64 * MIB);
    struct link *chain = take_all(3 * GIB, &count);
    check_all(chain, 3 * GIB, count);
    CHECK(realloc(kept, 100 * GIB) == NULL && errno == ENOMEM);
    free_all(chain);
    for (size_t size = 16; size <= 8 * MIB; size *= 2) {
        struct link *small = malloc(size);
        CHECK_AT(small != NULL, size);
        free(small);
    }
    CHECK(holds(kept, 10000, 1));
    free(kept);
    return 0;
}
