/* expect: exit 0
 * why:    POSIX strdup, strndup, getline, getdelim, realpath, getcwd, open_memstream, and GNU asprintf: each returns memory
 *         that free accepts, so libc must have taken it from here */
#include "../check.h"
#include <stdio.h>

int main(void) {
    char *text = NULL, *line = NULL;
    size_t capacity = 0, length = 0;
    for (int round = 0; round < 100; round++) {
        free(strdup("some text"));
        free(strndup("some text", 4));
        CHECK(asprintf(&text, "%0*d", round * 50 + 1, round) == round * 50 + 1);
        CHECK(malloc_usable_size(text) > (size_t)round * 50);
        free(text);
        free(realpath("/", NULL));
        free(getcwd(NULL, 0));
    }
    FILE *stream = open_memstream(&text, &length);
    for (int i = 0; i < 1000; i++)
        CHECK(fprintf(stream, "%0*d\n", i + 1, i) == i + 2);
    CHECK(fclose(stream) == 0 && length == 1000 * 1001 / 2 + 1000);
    CHECK((stream = fmemopen(text, length, "r")) != NULL);
    for (ssize_t i = 0; i < 1000; i++)
        CHECK_AT((i % 2 ? getline(&line, &capacity, stream) : getdelim(&line, &capacity, '\n', stream)) == i + 2, i);
    CHECK(fclose(stream) == 0 && malloc_usable_size(line) >= capacity);
    free(line);
    free(text);
    return 0;
}
