/* expect: abort "double free"
 * needs:  quarry
 * why:    a program that never trims is stopped too: what it frees next fills the magazine, and a full one is drained in time */
#include "stop.h"

enum { COUNT = 100000 };

int main(void) {
    static void *live[COUNT];
    for (int i = 0; i < COUNT; i++)
        CHECK((live[i] = malloc(48)) != NULL);
    announce("double free", live[50], 48);
    free(live[50]);
    free(opaque(live[50]));
    for (int i = 0; i < COUNT; i++)
        if (i != 50)
            free(live[i]);
    malloc_trim(0);
    return 2;
}
