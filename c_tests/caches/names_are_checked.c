/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    slabinfo has a name as its first word, and JSON has it in quotes: 1 to 31 printable ASCII characters without space,
 *         quotation mark and backslash. Two caches may have one name, which is copied */
#include "slabinfo.h"

static int accepted(const char *name) {
    errno = 0;
    quarry_cache *cache = quarry_cache_create(name, 64, 0, NULL, NULL, NULL, NULL, 0);
    if (cache != NULL)
        CHECK(quarry_cache_destroy(cache) == 0);
    else
        CHECK_AT(errno == EINVAL, errno);
    return cache != NULL;
}

int main(void) {
    char name[] = "x?y", longest[] = "abcdefghijklmnopqrstuvwxyz-1234";
    CHECK(accepted("a") && accepted(longest) && strlen(longest) == 31);
    CHECK(!accepted(NULL) && !accepted("") && !accepted("abcdefghijklmnopqrstuvwxyz-12345"));
    for (int c = 1; c < 256; c++) {
        name[1] = (char)c;
        CHECK_AT(accepted(name) == (c > ' ' && c < 127 && c != '"' && c != '\\'), c);
    }
    quarry_cache *first = plain(longest, 64), *second = plain(longest, 128);
    void *objects[2] = {take(first), take(second)};
    struct row row;
    memset(longest, '?', 31);
    CHECK(rows_of("abcdefghijklmnopqrstuvwxyz-1234", &row) == 2);
    quarry_cache_free(first, objects[0]);
    quarry_cache_free(second, objects[1]);
    CHECK(quarry_cache_destroy(first) == 0 && quarry_cache_destroy(second) == 0);
    return 0;
}
