/* expect: exit 0
 * modes:  default
 * why:    a program that works with one size after the other must not keep the peak of each: freed memory serves any size
 *         (twelve phases of 128 MiB each; the sum would be 1.5 GiB) */
#include "../check.h"

int main(void) {
    static char *live[128 * MIB / 24];
    for (size_t size = 24; size <= 60000; size = size * 2 + 8) {
        size_t count = 128 * MIB / size;
        for (size_t i = 0; i < count; i++) {
            CHECK_AT((live[i] = malloc(size)) != NULL, size);
            memset(live[i], 1, size);
        }
        CHECK_AT(resident_bytes() < 600 * MIB, resident_bytes());
        for (size_t i = 0; i < count; i++)
            free(live[i]);
    }
    return 0;
}
