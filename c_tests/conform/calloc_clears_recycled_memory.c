/* expect: exit 0
 * why:    C11 7.22.3.2: the space is initialised to all bits zero, also where a freed object lay, at every size class */
#include "../check.h"

enum { ROUNDS = 8 };

int main(void) {
    for (size_t size = 1; size <= 64 * MIB; size += size < 256 ? 1 : size / 11) {
        int rounds = size <= MIB ? ROUNDS : 2;
        char *dirty[ROUNDS];
        for (int i = 0; i < rounds; i++) {
            CHECK_AT((dirty[i] = malloc(size)) != NULL, size);
            memset(dirty[i], 0xff, malloc_usable_size(dirty[i]));
        }
        for (int i = 0; i < rounds; i++)
            free(dirty[i]);
        for (int i = 0; i < rounds; i++) {
            CHECK_AT((dirty[i] = i % 2 ? calloc(1, size) : calloc(size, 1)) != NULL, size);
            CHECK_AT(is_zero(dirty[i], size), size);
        }
        for (int i = 0; i < rounds; i++)
            free(dirty[i]);
    }
    return 0;
}
