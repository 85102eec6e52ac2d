/* Tells the runner which line must appear on standard error, before the misuse that must not return. */
#ifndef STOP_H
#define STOP_H
#include "../check.h"

/* Announces "quarry: <text>: 0x<p> (class <size> B)", or "(no class)" for size 0. */
static CHECK_UNUSED void announce(const char *text, const void *p, size_t class_size) {
    char line[160], *end = put_text(put_text(put_text(line, "quarry: "), text), ": 0x");
    end = put_number(end, (unsigned long)p, 16);
    if (class_size == 0)
        end = put_text(end, " (no class)\n");
    else
        end = put_text(put_number(put_text(end, " (class "), class_size, 10), " B)\n");
    write_all(1, line, (size_t)(end - line));
}

#endif
