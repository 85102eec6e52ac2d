/* expect: exit 0
 * needs:  quarry
 * why:    an object that grew several times in a row gets room: a chain from 16 B to 64 MiB by a tenth, alone, moves a dozen
 *         times and is then extended in place; when it shrinks, its memory goes back */
#include "growth.h"

int main(void) {
    for (int round = 0; round < 3; round++) {
        size_t moves = 0, grown = 0, least = resident_bytes();
        char *object = malloc(16);
        CHECK(object != NULL);
        for (size_t size = 16; size < 64 * MIB; size += size / 10 + 16) {
            char *before = object;
            CHECK_AT((object = realloc(object, size)) != NULL, size);
            CHECK_AT(malloc_usable_size(object) >= size && malloc_usable_size(object) < 4 * size + 16 * KIB, size);
            moves += object != before;
            grown++;
        }
        CHECK_AT(grown > 100 && moves <= 16, moves);
        memset(object, 1, 64 * MIB - 7 * MIB);
        /* In place while it stays beyond the slabs, and to exactly what is needed. */
        char *before = object;
        CHECK((object = realloc(object, 300 * KIB)) == before);
        CHECK_AT(malloc_usable_size(object) <= 304 * KIB, malloc_usable_size(object));
        CHECK((object = realloc(object, 200)) != NULL);
        CHECK_AT(malloc_usable_size(object) < 400, malloc_usable_size(object));
        malloc_trim(0);
        CHECK_AT(resident_bytes() < least + 4 * MIB, resident_bytes());
        free(object);
    }
    return 0;
}
