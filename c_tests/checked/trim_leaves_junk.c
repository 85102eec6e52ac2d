/* expect: exit 0
 * needs:  quarry
 * conf:   checked:true,junk:true,quarantine:0
 * why:    what is freed lies filled with junk until it is used again and looked at; trimming in between, which purges free pages
 *         of slabs, must not look like a write after free */
#include "../check.h"

enum { COUNT = 4000 };

int main(void) {
    static void *objects[COUNT];
    for (int turn = 0; turn < 3; turn++) {
        for (int i = 0; i < COUNT; i++)
            CHECK_AT((objects[i] = malloc(500)) != NULL, i);
        for (int i = 0; i < COUNT; i++)
            if (i % 100 != 0)
                free(objects[i]);
        malloc_trim(0);
        for (int i = 0; i < COUNT; i += 100)
            free(objects[i]);
    }
    return 0;
}
