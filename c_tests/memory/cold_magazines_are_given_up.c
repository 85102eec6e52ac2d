/* expect: exit 0
 * needs:  quarry
 * why:    a thread that fills the magazines of all sizes and then uses one size alone does not keep the others: after a second the
 *         report says that its magazines hold next to nothing */
#include "memory.h"

static size_t in_magazines(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    CHECK(stream != NULL && malloc_info(0, stream) == 0 && fclose(stream) == 0);
    char *at = strstr(text, "\"magazine_bytes\" value=\"");
    CHECK(at != NULL);
    size_t bytes = strtoul(strstr(at, "value=\"") + 7, NULL, 10);
    free(text);
    return bytes;
}

int main(void) {
    for (int i = 0; i < 20; i++)
        give(take_mixed(16 * MIB, (uint64_t)i + 1));
    size_t full = in_magazines();
    CHECK_AT(full > 500 * KIB, full);
    for (int i = 0; i < 100; i++) {
        static void *some[200];
        for (int j = 0; j < 200; j++)
            CHECK((some[j] = malloc(100)) != NULL);
        for (int j = 0; j < 200; j++)
            free(some[j]);
        sleep_ms(10);
    }
    CHECK_AT(in_magazines() < 64 * KIB, in_magazines());
    return 0;
}
