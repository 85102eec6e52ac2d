/* expect: exit 0
 * needs:  quarry
 * why:    QUARRY_NOFAIL calls the out-of-memory handler when memory is short, with the size and its argument, and tries again;
 *         the handler frees a reserve, and may allocate */
#include "levels.h"
#include <sys/resource.h>

static void *reserve[8];
static int calls;

static void give_room(size_t size, void *arg) {
    CHECK(size == 40 * MIB && arg == reserve && calls < 8);
    free(malloc(100));
    free(reserve[calls++]);
}

int main(void) {
    struct rlimit limits = {400 * MIB, 400 * MIB};
    CHECK(setrlimit(RLIMIT_DATA, &limits) == 0);
    quarry_set_oom_handler(give_room, reserve);
    for (int i = 0; i < 8; i++)
        CHECK((reserve[i] = quarry_vmalloc(20 * MIB)) != NULL);
    static char *taken[100];
    int count = 0;
    while (calls < 8 && count < 100) {
        char *p = quarry_kmalloc(40 * MIB, QUARRY_NOFAIL | (count % 2 ? QUARRY_ZERO : 0));
        CHECK_AT(p != NULL && (count % 2 == 0 || is_zero(p, MIB)), count);
        taken[count++] = p;
        if (calls >= 4)
            break;
    }
    CHECK_AT(calls >= 4 && count > 4, calls);
    char *moved = quarry_krealloc(taken[0], 40 * MIB, QUARRY_NOFAIL);
    CHECK(moved != NULL);
    for (int i = 1; i < count; i++)
        free(taken[i]);
    free(moved);
    quarry_set_oom_handler(NULL, NULL);
    CHECK(quarry_check() == 0);
    return 0;
}
