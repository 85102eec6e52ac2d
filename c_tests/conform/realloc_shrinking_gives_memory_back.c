/* expect: exit 0
 * why:    a block shrunk from 16 MiB to 100 bytes must not keep 16 MiB: programs read into a large buffer and keep the rest
 *         (glibc manual, "Changing the Size of a Block") */
#include "../check.h"

enum { COUNT = 64 };

int main(void) {
    char *kept[COUNT];
    for (int i = 0; i < COUNT; i++) {
        CHECK_AT((kept[i] = malloc(16 * MIB)) != NULL, i);
        memset(kept[i], 1, 16 * MIB);
        CHECK_AT((kept[i] = realloc(kept[i], 100)) != NULL, i);
    }
    malloc_trim(0);
    CHECK_AT(resident_bytes() < 200 * MIB, resident_bytes());
    for (int i = 0; i < COUNT; i++)
        free(kept[i]);
    return 0;
}
