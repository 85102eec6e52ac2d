/* expect: exit 0
 * why:    a core dump holds every writable mapping in full, holes included: of a program with 100 MiB of objects below 130 MiB */
#include "smaps.h"

static size_t dumped;

static void add(const struct mapping *mapping) {
    if (mapping->is_writable)
        dumped += mapping->size;
}

int main(void) {
    struct link *list = take_dense(100 * MIB, 200);
    walk_smaps(add);
    CHECK_AT(dumped > 100 * MIB && dumped < 130 * MIB, dumped);
    give(list);
    return 0;
}
