/* A checker of JSON (RFC 8259) that calls no malloc. */
#ifndef JSON_H
#define JSON_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_DEPTH = 32 };

static const char *json_space(const char *at) { return at + strspn(at, " \t\r\n"); }

static const char *json_string(const char *at) {
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++) {
        if ((unsigned char)*at < 0x20)
            return NULL;
        if (*at == '\\' && (*++at == '\0' || strchr("\"\\/bfnrtu", *at) == NULL))
            return NULL;
    }
    return at + 1;
}

static const char *json_number(const char *at) {
    at += *at == '-';
    size_t digits = strspn(at, "0123456789");
    if (digits == 0 || (digits > 1 && *at == '0'))
        return NULL;
    at += digits;
    if (*at == '.') {
        if ((digits = strspn(++at, "0123456789")) == 0)
            return NULL;
        at += digits;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        if ((digits = strspn(at, "0123456789")) == 0)
            return NULL;
        at += digits;
    }
    return at;
}

/* Returns the end of the value at `at`, or NULL if it is malformed. */
static const char *json_value(const char *at, int depth) {
    at = json_space(at);
    if (*at == '{' || *at == '[') {
        const char close = *at == '{' ? '}' : ']';
        at = json_space(at + 1);
        if (*at == close)
            return at + 1;
        for (; depth < JSON_DEPTH; at = json_space(at + 1)) {
            if (close == '}') {
                if ((at = json_string(at)) == NULL || *(at = json_space(at)) != ':')
                    return NULL;
                at++;
            }
            if ((at = json_value(at, depth + 1)) == NULL)
                return NULL;
            at = json_space(at);
            if (*at == close)
                return at + 1;
            if (*at != ',')
                return NULL;
        }
        return NULL;
    }
    if (*at == '"')
        return json_string(at);
    const char *words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    return json_number(at);
}

static int json_is_valid(const char *text) {
    const char *end = json_value(text, 0);
    return end != NULL && *json_space(end) == '\0';
}

/* Returns the first number that has this name, or -1. */
static __attribute__((unused)) long long json_member(const char *text, const char *name) {
    char key[64];
    snprintf(key, sizeof key, "\"%s\":", name);
    const char *at = strstr(text, key);
    return at == NULL ? -1 : strtoll(at + strlen(key), NULL, 10);
}

#endif
