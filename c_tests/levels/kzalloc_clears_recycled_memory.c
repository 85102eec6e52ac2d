/* expect: exit 0
 * needs:  quarry
 * why:    quarry_kzalloc gives zero bytes wherever the object was before, as does quarry_kmalloc with QUARRY_ZERO */
#include "levels.h"

int main(void) {
    for (size_t size = 1; size <= 64 * MIB; size = size * 9 / 8 + 1)
        for (int round = 0; round < 4; round++) {
            char *p = round % 2 ? quarry_kzalloc(size, 0) : quarry_kmalloc(size, QUARRY_ZERO | (round ? QUARRY_HUGE : 0));
            size_t watched = size < 100000 ? size : 100000;
            CHECK_AT(p != NULL && is_zero(p, watched) && is_zero(p + size - watched, watched), size);
            memset(p, 0xff, watched);
            memset(p + size - watched, 0xff, watched);
            quarry_kfree(p);
            if (size < 32 * KIB) { /* the next object of this size is a used one of malloc's */
                memset(p = malloc(size), 0xff, size);
                free(p);
            }
        }
    return 0;
}
