/* expect: exit 0
 * needs:  quarry
 * why:    getrlimit(2), RLIMIT_AS: pages are refused with ENOMEM where address space ends, and nothing is lost by it */
#include "levels.h"
#include <sys/resource.h>

int main(void) {
    struct rlimit limits = {GIB, GIB};
    static void *runs[70000];
    CHECK(setrlimit(RLIMIT_AS, &limits) == 0);
    for (unsigned order = 0; order <= QUARRY_MAX_ORDER; order++) {
        int count[2] = {0, 0};
        for (int round = 0; round < 2; round++) {
            errno = 0;
            while (count[round] < 70000 && (runs[count[round]] = quarry_alloc_pages(order)) != NULL)
                CHECK_AT((uintptr_t)runs[count[round]++] % (PAGE << order) == 0, order);
            CHECK_AT(errno == ENOMEM || count[round] == 70000, order);
            for (int i = 0; i < count[round]; i++)
                quarry_free_pages(runs[i], order);
        }
        CHECK_AT(count[1] >= count[0] - count[0] / 8, order);
        CHECK_AT(order > 13 || (size_t)count[0] << order >= 60 * MIB / PAGE, order);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
