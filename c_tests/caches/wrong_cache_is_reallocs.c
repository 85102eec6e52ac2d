/* expect: abort "wrong cache"
 * run:    shared static
 * needs:  quarry
 * why:    realloc of a cache's object would move it out of its cache */
#include "cache.h"
#include "../misuse/stop.h"

int main(void) {
    void *object = take(plain("mine", 64));
    announce_of("wrong cache", object, 64, "mine");
    object = realloc(opaque(object), 1000);
    malloc_trim(0);
    return opaque(object) == NULL ? 2 : 3;
}
