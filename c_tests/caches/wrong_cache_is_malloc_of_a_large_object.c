/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    free of an object that fills a slab of its own */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    void *object = take(plain("large", MIB));
    announce("wrong cache", object, MIB);
    free(opaque(object));
    malloc_trim(0);
    return 2;
}
