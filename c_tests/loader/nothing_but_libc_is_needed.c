/* expect: exit 0
 * run:    preload
 * needs:  quarry
 * why:    preloading brings in no library that the program would not have: libc and the loader are all it needs */
#include "../check.h"
#include <link.h>

static int count(struct dl_phdr_info *info, size_t size, void *number) {
    (void)size;
    const char *known[] = {"libc.so", "ld-linux", "linux-vdso", "linux-gate", "libpthread", "libdl.so", "libm.so", "libquarry"};
    int is_known = info->dlpi_name[0] == '\0';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        is_known |= strstr(info->dlpi_name, known[i]) != NULL;
    CHECK_AT(is_known, *(int *)number);
    ++*(int *)number;
    return 0;
}

int main(void) {
    int number = 0;
    dl_iterate_phdr(count, &number);
    CHECK(number >= 4);
    return 0;
}
