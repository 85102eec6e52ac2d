/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    as nth_call_fails, from outside: the kernel refuses a system call with ENOMEM from before the heap's birth, from its
 *         birth on, and from the middle of a load on; what is refused is NULL with ENOMEM, nothing that was allocated changes
 *         and the heap stays sound */
#include "loads.h"
#include "../exhaustion/seccomp.h"

static const long CALLS[] = {SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_mremap, SYS_mincore, SYS_clock_gettime};

static long call;
static int when;

static int one_case(const struct load *load) {
    static struct shadow before, shadow;
    if (when > 0)
        body(&before);
    if (when > 1) {
        load->run(&shadow);
        CHECK(shadow.refused == 0);
        malloc_trim(0);
    }
    refuse(call, ENOMEM);
    load->run(&shadow);
    look(&before);
    free_all(&before);
    CHECK(shadow.count == 0 && quarry_check() == 0);
    return 0;
}

int main(void) {
    unsigned long cases = 0;
    for (const struct load *load = LOADS; load < LOADS + LOAD_COUNT; load++)
        for (unsigned i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++)
            for (when = 0; when < 3; when++, cases++) {
                call = CALLS[i];
                in_child(load, one_case);
            }
    say_cases(cases);
    return 0;
}
