/* expect: exit 42
 * needs:  quarry
 * conf:   sample:64K
 * why:    a program's own handler of SIGSEGV that was there before the library is not lost; one that comes later is alone */
#include "sampled.h"
#include <signal.h>

static void leave(int number) { _exit(number == SIGSEGV ? 42 : 1); }

int main(void) {
    volatile char *p = sampled(1);
    signal(SIGSEGV, leave);
    p[112] = 1;
    return 2;
}
