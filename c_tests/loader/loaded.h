/* What a library that was loaded at run time gives. */
#ifndef LOADED_H
#define LOADED_H
#include "../check.h"
#include <dlfcn.h>

/* dlopen and dlsym, or the end of the test with the loader's message. */
static CHECK_UNUSED void *must_load(void *handle) {
    if (handle == NULL) {
        const char *message = dlerror();
        write_all(2, message, strlen(message));
        write_all(2, "\n", 1);
    }
    CHECK(handle != NULL);
    return handle;
}

struct object_library {
    void *handle;
    void *(*make)(size_t size);
    void *(*resize)(void *p, size_t size);
    void (*release)(void *p);
};

static CHECK_UNUSED struct object_library load_object_library(int flags) {
    struct object_library library;
    library.handle = must_load(dlopen("./libobject.so", flags));
    library.make = (void *(*)(size_t))must_load(dlsym(library.handle, "object_make"));
    library.resize = (void *(*)(void *, size_t))must_load(dlsym(library.handle, "object_resize"));
    library.release = (void (*)(void *))must_load(dlsym(library.handle, "object_free"));
    return library;
}

/* The quarry_* functions of a copy of the library that was not there when the program started. */
struct late_quarry {
    void *(*malloc)(size_t size);
    void *(*realloc)(void *p, size_t size);
    void (*free)(void *p);
    size_t (*usable_size)(const void *p);
    int (*check)(void);
};

static CHECK_UNUSED struct late_quarry late_quarry(void *handle) {
    struct late_quarry quarry;
    must_load(handle);
    quarry.malloc = (void *(*)(size_t))must_load(dlsym(handle, "quarry_malloc"));
    quarry.realloc = (void *(*)(void *, size_t))must_load(dlsym(handle, "quarry_realloc"));
    quarry.free = (void (*)(void *))must_load(dlsym(handle, "quarry_free"));
    quarry.usable_size = (size_t (*)(const void *))must_load(dlsym(handle, "quarry_malloc_usable_size"));
    quarry.check = (int (*)(void))must_load(dlsym(handle, "quarry_check"));
    return quarry;
}

/* Allocates, resizes and frees at every size; what `quarry` gives and what malloc gives stay apart. */
static CHECK_UNUSED void late_quarry_works(struct late_quarry quarry) {
    for (size_t size = 1; size < 3 * GIB; size = size * 3 + 1) {
        size_t watched = size < 5000 ? size : 5000;
        char *ours = quarry.malloc(size), *theirs = malloc(size);
        CHECK_AT(ours != NULL && theirs != NULL && ours != theirs, size);
        fill(ours, watched, 1);
        fill(theirs, watched, 2);
        CHECK_AT(quarry.usable_size(ours) >= size, size);
        if (size < 64 * MIB)
            CHECK_AT((ours = quarry.realloc(ours, size * 2)) != NULL, size);
        CHECK_AT(holds(ours, watched, 1) && holds(theirs, watched, 2), size);
        quarry.free(ours);
        free(theirs);
    }
}

#endif
