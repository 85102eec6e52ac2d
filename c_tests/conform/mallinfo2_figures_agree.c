/* expect: exit 0
 * modes:  default
 * needs:  quarry
 * why:    mallinfo(3): arena is what was committed, uordblks of it is in use and fordblks is not; keepcost is what malloc_trim
 *         could give back; hblks and hblkhd count objects with a memory area of their own */
#include "../check.h"

enum { COUNT = 4000 };

static void agree(int round) {
    struct mallinfo2 info = mallinfo2();
    CHECK_AT(info.arena >= info.uordblks && info.fordblks == info.arena - info.uordblks, round);
    CHECK_AT(info.keepcost <= info.arena, round);
}

int main(void) {
    static char *live[COUNT];
    agree(0);
    for (int round = 1; round < 10; round++) {
        for (int i = 0; i < COUNT; i++) {
            free(live[i]);
            CHECK((live[i] = malloc((size_t)(i * round % 9000 + 1))) != NULL);
            live[i][0] = 1;
        }
        agree(round);
        for (int i = round % 2; i < COUNT; i += 2) {
            free(live[i]);
            live[i] = NULL;
        }
        agree(round);
    }
    size_t areas = mallinfo2().hblks, bytes = mallinfo2().hblkhd;
    void *first = malloc(2 * GIB), *second = malloc(3 * GIB);
    CHECK(first != NULL && second != NULL);
    CHECK(mallinfo2().hblks == areas + 2 && mallinfo2().hblkhd >= bytes + 5 * GIB);
    CHECK(mallinfo2().hblkhd <= bytes + 5 * GIB + 4 * MIB);
    free(first);
    CHECK(mallinfo2().hblks == areas + 1 && mallinfo2().hblkhd < bytes + 4 * GIB);
    free(second);
    CHECK(mallinfo2().hblks == areas && mallinfo2().hblkhd == bytes);
    agree(99);
    return 0;
}
