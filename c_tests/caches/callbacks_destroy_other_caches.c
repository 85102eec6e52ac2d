/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    objects may own caches: a constructor creates one, the destructor destroys it, a thousand caches after another */
#include "cache.h"

static int alive;

static int own_one(void *object, void *arg) {
    (void)arg;
    quarry_cache *inner = plain("inner", 64);
    void *one = take(inner);
    quarry_cache_free(inner, one);
    /* One that lives no longer than the constructor. */
    CHECK(quarry_cache_destroy(plain("short", 32)) == 0);
    *(quarry_cache **)object = inner;
    alive++;
    return 0;
}

static void disown(void *object, void *arg) {
    (void)arg;
    CHECK(quarry_cache_destroy(*(quarry_cache **)object) == 0);
    alive--;
}

int main(void) {
    for (int turn = 0; turn < 200; turn++) {
        quarry_cache *outer = quarry_cache_create("outer", 4096, 0, own_one, disown, NULL, NULL, 0);
        CHECK(outer != NULL);
        void *objects[4];
        for (int i = 0; i < 4; i++)
            objects[i] = take(outer);
        for (int i = 0; i < 4; i++)
            quarry_cache_free(outer, objects[i]);
        CHECK(turn % 2 == 0 || quarry_cache_reap(outer) > 0);
        CHECK(quarry_cache_destroy(outer) == 0 && alive == 0);
    }
    CHECK(quarry_check() == 0);
    return 0;
}
