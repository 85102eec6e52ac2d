/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    RFC 8259: quarry_slabinfo_json and quarry_buddyinfo_json write one JSON object on one line, with the cache in it */
#include "cache.h"
#include "../options/json.h"

static char text[1 << 20];

static void write_with(int (*writer)(FILE *)) {
    FILE *file = fopen("json", "w+");
    CHECK(file != NULL && writer(file) == 0);
    rewind(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = '\0';
    CHECK(json_is_valid(text) && text[0] == '{');
    CHECK(size > 0 && strchr(text, '\n') == text + size - 1);
}

int main(void) {
    quarry_cache *cache = plain("in-json!", 208);
    void *objects[5];
    for (int i = 0; i < 5; i++)
        objects[i] = take(cache);
    write_with(quarry_slabinfo_json);
    CHECK(strstr(text, "\"in-json!\"") != NULL);
    write_with(quarry_buddyinfo_json);
    for (int i = 0; i < 5; i++)
        quarry_cache_free(cache, objects[i]);
    CHECK(quarry_cache_destroy(cache) == 0);
    write_with(quarry_slabinfo_json);
    CHECK(strstr(text, "\"in-json!\"") == NULL);
    return 0;
}
