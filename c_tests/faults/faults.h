/* Calls to the kernel that fail by choice, in a library built with the feature "faults". */
#ifndef FAULTS_H
#define FAULTS_H
#include "loads.h"

/* The order of `Call` in src/os/fault.rs. */
enum { RESERVE, MAP, UNMAP, COMMIT, PURGE, ADVISE, REMAP, RESIDENT, WAIT, CLOCK, CERTIFICATE, LIMITS, WRITE, KINDS };
enum { EVERY_KIND = KINDS };

void quarry_fault_arm(size_t kind, unsigned first, unsigned count);
unsigned quarry_fault_disarm(void);
#ifndef QUARRY_LINKED
#pragma weak quarry_fault_arm
#pragma weak quarry_fault_disarm
#endif

static size_t plan_kind;
static unsigned plan_first, plan_count;
static int plan_warm;

/* One case: the load under the plan, then without. Ends with 0, or 2 if nothing failed. */
static int one_case(const struct load *load) {
    static struct shadow shadow;
    if (plan_warm) {
        /* The heap lives, the thread has a block, and some memory is at hand. */
        for (size_t size = 10; size < 100000; size *= 9)
            free(malloc(size));
    }
    quarry_fault_arm(plan_kind, plan_first, plan_count);
    load->run(&shadow);
    unsigned failed = quarry_fault_disarm();
    CHECK(shadow.count == 0);
    all_is_well(load);
    return failed > 0 ? 0 : 2;
}

/* Tries every n for every load, kind of call and state of the heap. */
static CHECK_UNUSED void try_every_call(unsigned count) {
    unsigned long cases = 0, kinds_seen = 0;
    plan_count = count;
    for (const struct load *load = LOADS; load < LOADS + LOAD_COUNT; load++)
        for (plan_kind = 0; plan_kind <= EVERY_KIND; plan_kind++)
            for (plan_warm = 0; plan_warm < 2; plan_warm++)
                for (plan_first = 0;; plan_first++, cases++) {
                    if (in_child(load, one_case) == 2)
                        break;
                    kinds_seen |= 1ul << plan_kind;
                }
    say_cases(cases);
    /* Every kind came up, so that none is tested in name only; WAIT only where threads happen to meet. */
    CHECK_AT((kinds_seen | 1ul << WAIT) == (1ul << (KINDS + 1)) - 1, kinds_seen);
}

#endif
