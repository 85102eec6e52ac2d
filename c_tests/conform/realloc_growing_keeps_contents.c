/* expect: exit 0
 * why:    C11 7.22.3.5p2: the contents are the same up to the lesser of the sizes; here across every class boundary */
#include "../check.h"

int main(void) {
    char *steps = NULL, *bytes = NULL;
    size_t before = 0;
    /* By a byte, then by a ninth: each step crosses at most one class. */
    for (size_t size = 1; size <= 64 * MIB; size += size < 3000 ? 1 : size / 9) {
        steps = realloc(steps, size);
        CHECK_AT(steps != NULL, size);
        if (size < 200 * KIB || size > 50 * MIB)
            CHECK_AT(holds(steps, before, 1), size);
        else
            CHECK_AT(steps[0] == (char)pattern_byte(1, 0) && steps[before - 1] == (char)pattern_byte(1, before - 1), size);
        for (size_t i = before; i < size; i++)
            steps[i] = (char)pattern_byte(1, i);
        before = size;
    }
    CHECK(holds(steps, before, 1));
    free(steps);
    /* From each power of two, one byte up and one byte down. */
    for (size_t size = 2; size <= 64 * MIB; size *= 2) {
        CHECK_AT((bytes = malloc(size - 1)) != NULL, size);
        fill(bytes, size - 1, size);
        CHECK_AT((bytes = realloc(bytes, size)) != NULL && holds(bytes, size - 1, size), size);
        CHECK_AT((bytes = realloc(bytes, size + 1)) != NULL && holds(bytes, size - 1, size), size);
        CHECK_AT((bytes = realloc(bytes, size - 1)) != NULL && holds(bytes, size - 1, size), size);
        free(bytes);
    }
    return 0;
}
