/* A checker of well-formed XML, as far as malloc_info needs it: elements, attributes, text, the declaration. It calls no
 * malloc and needs no buffer of its own. */
#ifndef XML_H
#define XML_H
#include <ctype.h>
#include <string.h>

enum { XML_DEPTH = 32 };

struct xml_name { const char *start; size_t size; };

static const char *xml_space(const char *at) {
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

static struct xml_name xml_read_name(const char *at) {
    struct xml_name name = {at, 0};
    if (isalpha((unsigned char)*at) || *at == '_')
        while (isalnum((unsigned char)at[name.size]) || (at[name.size] != '\0' && strchr("_-.:", at[name.size])))
            name.size++;
    return name;
}

/* Skips the attributes of a tag; returns NULL if one is malformed. */
static const char *xml_attributes(const char *at) {
    for (;;) {
        const char *spaced = xml_space(at);
        struct xml_name name = xml_read_name(spaced);
        if (name.size == 0)
            return spaced;
        if (spaced == at || spaced[name.size] != '=')
            return NULL;
        const char *value = spaced + name.size + 1;
        const char quote = *value++;
        if (quote != '"' && quote != '\'')
            return NULL;
        while (*value != quote)
            if (*value == '\0' || *value == '<' || *value == '&')
                return NULL;
            else
                value++;
        at = value + 1;
    }
}

/* Returns 1 if `text` is one well-formed element, possibly after a declaration, with nothing but white space around it. */
static int xml_is_well_formed(const char *text) {
    struct xml_name open[XML_DEPTH];
    int depth = 0, roots = 0;
    const char *at = xml_space(text);
    if (strncmp(at, "<?xml ", 6) == 0) {
        if ((at = strstr(at, "?>")) == NULL)
            return 0;
        at += 2;
    }
    while (*at != '\0') {
        if (*at != '<') {
            if (*at == '&' || *at == '>' || (depth == 0 && !isspace((unsigned char)*at)))
                return 0;
            at++;
        } else if (at[1] == '/') {
            struct xml_name name = xml_read_name(at + 2);
            if (depth == 0 || name.size != open[depth - 1].size || memcmp(name.start, open[depth - 1].start, name.size) != 0)
                return 0;
            depth--;
            at = xml_space(name.start + name.size);
            if (*at++ != '>')
                return 0;
        } else {
            struct xml_name name = xml_read_name(at + 1);
            if (name.size == 0 || depth == XML_DEPTH || (depth == 0 && roots++ > 0))
                return 0;
            if ((at = xml_attributes(name.start + name.size)) == NULL)
                return 0;
            if (at[0] == '/' && at[1] == '>') {
                at += 2;
            } else if (*at++ == '>') {
                open[depth++] = name;
            } else {
                return 0;
            }
        }
    }
    return depth == 0 && roots == 1;
}

#endif
