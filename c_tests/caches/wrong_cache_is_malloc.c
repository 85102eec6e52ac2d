/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    free of a cache's object would hand it out again as raw memory, or lose its destructor */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    void *object = take(plain("mine", 64));
    announce_of("wrong cache", object, 64, "mine");
    free(opaque(object));
    malloc_trim(0);
    return 2;
}
