/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    free of an object that fills a slab of its own */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    void *object = take(plain("large", MIB));
    announce_of("wrong cache", object, MIB, "large");
    free(opaque(object));
    malloc_trim(0);
    return 2;
}
