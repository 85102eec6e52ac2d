/* expect: exit 0
 * needs:  quarry
 * conf:   hardened:true
 * why:    where the next object lies cannot be foreseen */
#include "../check.h"

int main(void) {
    enum { COUNT = 100 };
    char *objects[COUNT];
    int rising = 0;
    for (int i = 0; i < COUNT; i++)
        CHECK((objects[i] = malloc(100)) != NULL);
    for (int i = 1; i < COUNT; i++)
        rising += objects[i] - objects[i - 1] == 112;
    CHECK_AT(rising < COUNT / 4, rising);
    return 0;
}
