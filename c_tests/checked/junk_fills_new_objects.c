/* expect: exit 0
 * needs:  quarry
 * conf:   checked:true,junk:true
 * why:    junk:true: what malloc returns is 0xa5, what calloc returns is zero */
#include "../check.h"

int main(void) {
    for (int i = 0; i < 1000; i++) {
        unsigned char *p = malloc(100), *q = calloc(1, 100);
        CHECK(p != NULL && q != NULL && is_zero(q, 100));
        for (int at = 0; at < 100; at++)
            CHECK_AT(p[at] == 0xa5, at);
        free(p);
        free(q);
    }
    return 0;
}
