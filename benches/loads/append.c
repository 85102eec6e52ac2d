/* append WORK THREADS STRINGS LIMIT: strings that grow by small steps of realloc.
 *
 * Each thread keeps STRINGS strings and appends 1 to 64 bytes to a random one, WORK times in all, by realloc to exactly
 * what is needed, as programs do that build text; a string of LIMIT bytes is checked and begun anew.
 * Unit: seconds for WORK reallocs in all.
 * Path: realloc that mostly stays in its class: how fast it finds that out, and how often classes make it move. */
#include "load.h"

enum { MOST = 64 };

static size_t work, threads, strings, limit;

struct string {
    size_t length;
    char *text;
};

static void begin_anew(struct string *string, size_t number)
{
    for (size_t at = 0; at < string->length; at += 61)
        if (string->text[at] != (char)number)
            stop("realloc lost what was written");
    free(string->text);
    *string = (struct string){0, NULL};
}

static void *append(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    struct string *list = calloc(strings, sizeof *list);
    if (list == NULL)
        stop("calloc refused");

    for (size_t left = share(work, threads, index); left > 0; left--) {
        size_t number = draw_below(&random, strings), more = 1 + draw_below(&random, MOST);
        struct string *string = &list[number];
        char *text = realloc(string->text, string->length + more);
        if (text == NULL)
            stop("realloc refused");
        memset(text + string->length, (int)number, more);
        *string = (struct string){string->length + more, text};
        if (string->length >= limit)
            begin_anew(string, number);
    }
    for (size_t number = 0; number < strings; number++)
        begin_anew(&list[number], number);
    free(list);
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    strings = argument(argc, argv, 3, "STRINGS");
    limit = argument(argc, argv, 4, "LIMIT");
    run_threads(threads, append);
    return 0;
}
