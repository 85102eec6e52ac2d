/* expect: exit 0
 * modes:  default
 * needs:  quarry
 * why:    mallinfo(3): uordblks is the bytes in use; it rises by what a program takes (rounded to classes, at most an eighth)
 *         and falls by what it gives back */
#include "../check.h"

enum { COUNT = 20000 };

static size_t live_bytes(void) { return mallinfo2().uordblks; }

/* `count` objects of `size` bytes: what they add must be within their class sizes, and 1 % for what a thread keeps ready. */
static void counts(size_t count, size_t size) {
    static void *live[COUNT];
    size_t before = live_bytes(), taken = 0;
    for (size_t i = 0; i < count; i++) {
        CHECK_AT((live[i] = malloc(size)) != NULL, size);
        taken += malloc_usable_size(live[i]);
    }
    size_t during = live_bytes();
    CHECK_AT(during > before && during - before >= taken - taken / 100, size);
    CHECK_AT(during - before <= taken + taken / 100, size);
    for (size_t i = 0; i < count; i++)
        free(live[i]);
    size_t after = live_bytes();
    CHECK_AT(after <= before + taken / 100 && after + taken / 100 >= before, size);
}

int main(void) {
    counts(COUNT, 16);
    counts(COUNT, 1000);
    counts(2000, 20 * KIB);
    counts(200, 200 * KIB);
    counts(20, 3 * MIB);
    counts(5, 50 * MIB);
    return 0;
}
