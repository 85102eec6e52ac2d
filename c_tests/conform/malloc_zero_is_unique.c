/* expect: exit 0
 * why:    C11 7.22.3p1 leaves malloc(0) to the implementation; ours gives a unique pointer that free accepts */
#include "../check.h"

enum { COUNT = 1000 };

int main(void) {
    char *objects[COUNT];
    for (int i = 0; i < COUNT; i++) {
        objects[i] = malloc(opaque_size(0));
        CHECK_AT(objects[i] != NULL, i);
        for (int j = 0; j < i; j++)
            CHECK_AT(objects[i] != objects[j], i);
    }
    for (int i = 0; i < COUNT; i++)
        free(objects[i]);
    void *zeroes = calloc(opaque_size(0), 8), *resized = realloc(NULL, opaque_size(0));
    CHECK(zeroes != NULL && resized != NULL && zeroes != resized);
    free(zeroes);
    free(resized);
    return 0;
}
