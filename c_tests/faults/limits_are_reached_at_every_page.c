/* expect: exit 0
 * needs:  quarry
 * run:    shared preload
 * why:    a limit on address space or data that leaves ever more room is reached ever later in each load; what is refused is
 *         NULL with ENOMEM, nothing that was allocated changes, and when the limit is lifted all works */
#include "loads.h"
#include <sys/resource.h>

static int resource, warm;
static size_t room;

/* The bytes that the limit counts so far. */
static size_t used(void) { return statm_bytes(resource == RLIMIT_AS ? 0 : 5); }

static int one_case(const struct load *load) {
    static struct shadow shadow;
    struct rlimit limits;
    if (warm)
        free(malloc(1000));
    CHECK(getrlimit(resource, &limits) == 0);
    rlim_t usual = limits.rlim_cur;
    limits.rlim_cur = used() + room;
    CHECK(setrlimit(resource, &limits) == 0);
    load->run(&shadow);
    limits.rlim_cur = usual;
    CHECK(setrlimit(resource, &limits) == 0);
    CHECK(shadow.count == 0);
    all_is_well(load);
    return shadow.refused > 0 ? 0 : 2;
}

int main(void) {
    const int resources[] = {RLIMIT_AS, RLIMIT_DATA};
    unsigned long cases = 0, refused = 0;
    for (const struct load *load = LOADS; load < LOADS + LOAD_COUNT; load++)
        for (int i = 0; i < 2; i++)
            for (warm = 0; warm < 2; warm++)
                /* Steps that grow: the first mappings are of pages, the last of gibibytes. */
                for (room = 0; room < 4 * GIB; room += room / 6 + 64 * KIB, cases++) {
                    resource = resources[i];
                    if (in_child(load, one_case) == 2)
                        break;
                    refused++;
                }
    say_cases(cases);
    CHECK(refused > cases / 2);
    return 0;
}
