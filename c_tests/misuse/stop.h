/* Tells the runner which line must appear on standard error, before the misuse that must not return. */
#ifndef STOP_H
#define STOP_H
#include "../check.h"

/* What a line says beside the misuse and the pointer. */
struct told {
    size_t class_size;    /* 0: no class */
    size_t size;          /* the size asked for, told in the class's place where checked mode knows it */
    const void *object;   /* where the object starts, if that is not the pointer */
    const char *of;       /* the cache that the object is of */
    const char *given_to; /* the cache that it was given to */
};

/* Announces "quarry: <text>: 0x<p> (class <size> B, object 0x<object>, of cache '<of>', given to cache '<given_to>',
 * thread <id>)" with what `told` has of it; the calling thread must be the one that is stopped. */
static CHECK_UNUSED void announce_told(const char *text, const void *p, struct told told) {
    char line[320], *end = put_text(put_text(put_text(line, "quarry: "), text), ": 0x");
    end = put_number(end, (unsigned long)p, 16);
    if (told.size != 0)
        end = put_text(put_number(put_text(end, " (size "), told.size, 10), " B");
    else if (told.class_size == 0)
        end = put_text(end, " (no class");
    else
        end = put_text(put_number(put_text(end, " (class "), told.class_size, 10), " B");
    if (told.object != NULL && told.object != p)
        end = put_number(put_text(end, ", object 0x"), (unsigned long)told.object, 16);
    if (told.of != NULL)
        end = put_text(put_text(put_text(end, ", of cache '"), told.of), "'");
    if (told.given_to != NULL)
        end = put_text(put_text(put_text(end, ", given to cache '"), told.given_to), "'");
    end = put_text(put_number(put_text(end, ", thread "), (unsigned long)gettid(), 10), ")\n");
    write_all(1, line, (size_t)(end - line));
}

/* Of a pointer to an object's start, or to no object. */
static CHECK_UNUSED void announce(const char *text, const void *p, size_t class_size) {
    announce_told(text, p, (struct told){.class_size = class_size});
}

/* Of a pointer into an object. */
static CHECK_UNUSED void announce_inside(const char *text, const void *p, size_t class_size, const void *object) {
    announce_told(text, p, (struct told){.class_size = class_size, .object = object});
}

/* Of an object of a cache. */
static CHECK_UNUSED void announce_of(const char *text, const void *p, size_t class_size, const char *of) {
    announce_told(text, p, (struct told){.class_size = class_size, .of = of});
}

#endif
