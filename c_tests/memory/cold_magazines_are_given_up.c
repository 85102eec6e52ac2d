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

static void use(size_t size, int count) {
    static void *some[300];
    for (int i = 0; i < count; i++)
        CHECK((some[i] = malloc(size)) != NULL);
    for (int i = 0; i < count; i++)
        free(some[i]);
}

int main(void) {
    for (int i = 0; i < 20; i++)
        for (size_t size = 16; size < 16 * KIB; size += size / 8 + 16)
            use(size, 300);
    size_t full = in_magazines();
    CHECK_AT(full > 500 * KIB, full);
    for (int i = 0; i < 100; i++) {
        use(100, 300);
        sleep_ms(10);
    }
    CHECK_AT(in_magazines() < 64 * KIB, in_magazines());
    return 0;
}
