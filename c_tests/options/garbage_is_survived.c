/* expect: exit 0
 * needs:  quarry
 * why:    the environment is anybody's text: 120 KiB of it (the kernel takes no more in one string), of bytes at random, of
 *         commas, of colons. The program works, and a few lines at most are spent on it */
#include "self.h"

static char garbage[120 * 1024 + 1];

static void survived(int round) {
    const struct outcome *outcome = run_self(garbage, "child");
    CHECK_AT(outcome->status == 0, round);
    CHECK_AT(outcome->size < 4096 && (outcome->size == 0 || outcome->text[outcome->size - 1] == '\n'), round);
    for (const char *line = outcome->text; *line != '\0'; line = strchr(line, '\n') + 1)
        CHECK_AT(strncmp(line, "quarry: ", 8) == 0, round);
}

int main(int argc, char **argv) {
    uint64_t random = 1;
    (void)argv;
    if (argc > 1) {
        for (size_t size = 1; size < 10 * MIB; size *= 3)
            free(calloc(1, size));
        return 0;
    }
    const size_t size = sizeof garbage - 1;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < size; i++) /* every byte but the terminator, with commas and colons among them */
            garbage[i] = (char)(round < 10 ? next_random(&random) % 255 + 1 : (uint64_t) "stats:exit,%p/1G"[next_random(&random) % 16]);
        survived(round);
    }
    const char *units[] = {",", ":", "a,", "a:b,", "stats:x,", "output:", "%p", "'", "\n"};
    for (int i = 0; i < 9; i++) {
        for (size_t at = 0; at < size; at++)
            garbage[at] = units[i][at % strlen(units[i])];
        survived(100 + i);
    }
    return 0;
}
