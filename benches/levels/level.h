/* What the programs of the levels share: Quarry's functions, found when the program runs.
 *
 * Each program compares one level of quarry.h with what a program would use in its place. It is started once for each
 * SIDE, does WORK turns of the same loop, and measures nothing itself (../loads/load.h). Loops are compiled for each side
 * by themselves, so that none pays for a choice within.
 * The program is not linked with Quarry: the driver preloads the library under test, and `find` looks there. A call goes
 * through a pointer then, as one of malloc does. */
#ifndef LEVEL_H
#define LEVEL_H

#include <dlfcn.h>

#include "../../include/quarry.h"
#include "../loads/load.h"

#define ALWAYS_INLINE static inline __attribute__((__always_inline__))

/* A pointer to a function that quarry.h declares. */
#define POINTER_TO(function) __typeof__(function) *

/* Returns the function called `name` of the library that is preloaded, or stops. */
static inline void *find(const char *name)
{
    void *function = dlsym(RTLD_DEFAULT, name);
    if (function == NULL) {
        fprintf(stderr, "level: %s: not in what is preloaded\n", name);
        exit(1);
    }
    return function;
}

/* Returns the argument at `index`, or stops with its name. */
static inline const char *word(int argc, char **argv, int index, const char *name)
{
    if (index >= argc) {
        fprintf(stderr, "level: argument %d missing: %s\n", index, name);
        exit(2);
    }
    return argv[index];
}

#endif
