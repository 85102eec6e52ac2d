/* expect: exit 0
 * needs:  quarry
 * why:    a program that allocates nothing below 8 MiB comes to no magazine, and what it frees goes back all the same */
#include "memory.h"

enum { COUNT = 64 };

int main(void) {
    static char *objects[COUNT];
    size_t before = resident_bytes();
    for (int i = 0; i < COUNT; i++) {
        CHECK((objects[i] = malloc(8 * MIB + (size_t)i * 4096)) != NULL);
        touch(objects[i], 8 * MIB);
    }
    CHECK(resident_bytes() > before + 500 * MIB);
    for (int i = 0; i < COUNT; i++)
        free(objects[i]);
    for (int i = 0; i < 75; i++) {
        free(opaque(malloc(5 * MIB)));
        sleep_ms(20);
    }
    CHECK_AT(resident_bytes() < before + 8 * MIB, resident_bytes() - before);
    return 0;
}
