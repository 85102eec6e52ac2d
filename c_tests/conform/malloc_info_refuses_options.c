/* expect: exit 0
 * needs:  quarry
 * why:    malloc_info(3): options must be zero; on error -1 is returned and errno is set. Nothing is written then */
#include "../check.h"
#include <stdio.h>

int main(void) {
    char *text = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);
    const int options[] = {1, -1, 2, INT_MAX, INT_MIN};
    for (int i = 0; i < 5; i++) {
        errno = 0;
        CHECK_AT(malloc_info(options[i], file) == -1 && errno == EINVAL, i);
    }
    CHECK(fclose(file) == 0 && length == 0);
    free(text);
    return 0;
}
