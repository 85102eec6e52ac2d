/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    quarry.h: quarry_slabinfo_json and quarry_buddyinfo_json write the same as the text forms: the same caches and arenas
 *         in the same order, with the same numbers under the keys that the header lists */
#include "cache.h"
#include "../options/json.h"

static char text[1 << 18], json[1 << 18];

/* Writes both forms with nothing allocated in between. */
static void write_both(int (*as_text)(FILE *), int (*as_json)(FILE *)) {
    FILE *one = fopen("text", "w+"), *two = fopen("json", "w+");
    CHECK(one != NULL && two != NULL && setvbuf(one, NULL, _IONBF, 0) == 0 && setvbuf(two, NULL, _IONBF, 0) == 0);
    CHECK(as_text(one) == 0 && as_json(two) == 0);
    rewind(one);
    rewind(two);
    text[fread(text, 1, sizeof text - 1, one)] = '\0';
    json[fread(json, 1, sizeof json - 1, two)] = '\0';
    fclose(one);
    fclose(two);
    CHECK(json_is_valid(json));
}

static void compare_slabinfo(void) {
    static const char *const keys[] = {"active_objects",  "objects",      "object_bytes", "objects_per_slab", "pages_per_slab",
                                       "magazine_rounds", "slabs_in_use", "slabs",        "in_magazines",     "in_depot"};
    char *at = json, *save = NULL;
    int rows = 0;
    CHECK(strncmp(json, "{\"version\":1,\"caches\":[{\"name\":", 30) == 0);
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
        unsigned long long values[10];
        char name[64], key[80];
        if (strncmp(line, "slabinfo", 8) == 0 || line[0] == '#')
            continue;
        CHECK_AT(sscanf(line,
                        "%63s %llu %llu %llu %llu %llu : tunables %llu %*u %*u : slabdata %llu %llu %*u : magazines %llu %llu",
                        name, &values[0], &values[1], &values[2], &values[3], &values[4], &values[5], &values[6], &values[7],
                        &values[8], &values[9]) == 11,
                 rows);
        snprintf(key, sizeof key, "{\"name\":\"%s\"", name);
        CHECK_AT((at = strstr(at, key)) != NULL, rows);
        for (int i = 0; i < 10; i++)
            CHECK_AT(json_member(at, keys[i]) == (long long)values[i], i);
        CHECK_AT(json_member(at, "counted") >= 0, rows);
        at++;
        rows++;
    }
    CHECK_AT(rows > 10 && strstr(at, "{\"name\"") == NULL, rows);
}

static void compare_buddyinfo(void) {
    char *at = json, *save = NULL;
    int arenas = 0;
    CHECK(json_member(json, "version") == 1 && json_member(json, "order_0_bytes") == 16384);
    for (char *line = strtok_r(text, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save), arenas++) {
        int arena, length = 0;
        CHECK(sscanf(line, "arena %d, free runs%n", &arena, &length) == 1 && length > 0);
        CHECK_AT((at = strstr(at, "{\"arena\":")) != NULL && json_member(at, "arena") == arena, arenas);
        CHECK((at = strstr(at, "\"free_runs\":[")) != NULL);
        at += strlen("\"free_runs\":[");
        line += length;
        for (int order = 0; order <= 16; order++) {
            CHECK_AT(strtoull(line, &line, 10) == strtoull(at, &at, 10), order);
            CHECK_AT(*at++ == (order < 16 ? ',' : ']'), order);
        }
        CHECK(*line == '\0');
    }
    CHECK_AT(arenas > 0 && strstr(at, "{\"arena\"") == NULL, arenas);
}

int main(void) {
    static void *objects[3000];
    quarry_cache *cache = plain("in-both", 208);
    for (int i = 0; i < 3000; i++)
        objects[i] = take(cache);
    for (size_t size = 16; size < MIB; size *= 2)
        free(malloc(size));
    for (int i = 0; i < 2000; i++)
        quarry_cache_free(cache, objects[i]);
    write_both(quarry_slabinfo, quarry_slabinfo_json);
    CHECK(strstr(text, "in-both ") != NULL);
    compare_slabinfo();
    write_both(quarry_buddyinfo, quarry_buddyinfo_json);
    compare_buddyinfo();
    for (int i = 2000; i < 3000; i++)
        quarry_cache_free(cache, objects[i]);
    CHECK(quarry_cache_destroy(cache) == 0);
    return 0;
}
