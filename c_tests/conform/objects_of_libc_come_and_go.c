/* expect: exit 0
 * why:    POSIX opendir, scandir, regcomp, tmpfile, setenv, tsearch and qsort hold memory of their own: libc takes it from here
 *         and gives it back here */
#include "../check.h"
#include <dirent.h>
#include <regex.h>
#include <search.h>
#include <stdio.h>

static int by_value(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

int main(void) {
    for (int round = 0; round < 20; round++) {
        DIR *directory = opendir("/");
        CHECK(directory != NULL && readdir(directory) != NULL && closedir(directory) == 0);

        struct dirent **entries;
        int count = scandir("/", &entries, NULL, alphasort);
        CHECK(count > 2);
        while (count > 0)
            free(entries[--count]);
        free(entries);

        regex_t expression;
        regmatch_t match[3];
        CHECK(regcomp(&expression, "^(a|b)*([0-9]{2,5})c.*$", REG_EXTENDED) == 0);
        CHECK(regexec(&expression, "ababab1234cxyz", 3, match, 0) == 0 && match[2].rm_eo == 10);
        regfree(&expression);

        FILE *file = tmpfile();
        CHECK(file != NULL && fprintf(file, "%d %s", 12, "word") == 7 && fclose(file) == 0);

        char name[32];
        snprintf(name, sizeof name, "VARIABLE_%d", round);
        CHECK(setenv(name, "value", 1) == 0 && strcmp(getenv(name), "value") == 0 && unsetenv(name) == 0);

        void *tree = NULL;
        static int values[1000];
        for (int i = 0; i < 1000; i++)
            values[i] = i * 7919 % 1000;
        for (int i = 0; i < 1000; i++)
            CHECK(tsearch(&values[i], &tree, by_value) != NULL);
        for (int i = 0; i < 1000; i++)
            CHECK(tdelete(&values[i], &tree, by_value) != NULL);
        CHECK(tree == NULL);

        int *numbers = malloc(100000 * sizeof *numbers); /* beyond what qsort puts on the stack */
        for (int i = 0; i < 100000; i++)
            numbers[i] = (int)((long)i * 7919 % 100003);
        qsort(numbers, 100000, sizeof *numbers, by_value);
        for (int i = 1; i < 100000; i++)
            CHECK_AT(numbers[i - 1] <= numbers[i], i);
        free(numbers);
    }
    return 0;
}
