# valgrind's memcheck, which puts its own malloc in the place of ours, and told to leave ours in place.
# Why: it is what people look for errors with; it reports every read of memory that it thinks was never written.
# needs: cc valgrind
cc -O1 -g -o "$TMPDIR/small" -x c - <<'END' || exit
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void) {
    char *kept[500] = { 0 };
    size_t sum = 0;
    for (size_t i = 0; i < 20000; i++) {
        char **slot = &kept[i * 7919 % 500];
        *slot = realloc(*slot, i * 31 % 3000 + 1);
        memset(*slot, 1, i * 31 % 3000 + 1);
        if (i % 3 == 0) free(*slot), *slot = calloc(i % 100 + 1, 3);
        sum += (size_t)**slot;
    }
    for (size_t i = 0; i < 500; i++) free(kept[i]);
    printf("%zu\n", sum);
    return 0;
}
END
valgrind -q --error-exitcode=9 --leak-check=full "$TMPDIR/small" || exit
valgrind -q --error-exitcode=9 --soname-synonyms=somalloc=nouserintercepts "$TMPDIR/small"
