/* expect: abort "wrong size"
 * needs:  quarry
 * conf:   checked:true
 * stacks: allocated
 * why:    the size that was asked for is known to the byte */
#include "../misuse/stop.h"
#include "../names.h"

int main(void) {
    char *p = malloc(100);
    CHECK(p != NULL);
    announce_told("wrong size", p, (struct told){.size = 100});
    free_sized(p, 99);
    return 2;
}
