/* expect: exit 0
 * why:    C11 7.22.4.2: functions registered with atexit run in full: they allocate, free what main allocated, and register
 *         more of their kind (beyond the 32 that libc has room for, that allocates too) */
#include "../check.h"

static char *from_main;
static int registered;

static void handler(void) {
    CHECK(holds(from_main, 5000, 9));
    free(malloc(12345));
    char *p = calloc(100, 100);
    CHECK(p != NULL && is_zero(p, 10000));
    free(p);
    if (registered < 200) {
        registered++;
        CHECK(atexit(handler) == 0);
    }
}

static void release(void) {
    free(from_main);
    free(malloc(5000));
}

int main(void) {
    CHECK((from_main = malloc(5000)) != NULL);
    fill(from_main, 5000, 9);
    CHECK(atexit(release) == 0);
    for (int i = 0; i < 100; i++)
        CHECK(atexit(handler) == 0);
    return 0;
}
