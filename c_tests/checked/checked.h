/* What tests of checked mode share. */
#ifndef CHECKED_H
#define CHECKED_H
#include "../misuse/stop.h"

/* Frees objects all over the heap, so many that what was freed before leaves the quarantine, whose parts are by address. */
static CHECK_UNUSED void pass_quarantine(void) {
    static void *objects[4000];
    for (int i = 0; i < 4000; i++)
        CHECK((objects[i] = malloc(4000)) != NULL);
    for (int i = 0; i < 4000; i++)
        free(objects[i]);
}

#endif
