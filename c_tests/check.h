/* What every C test uses. Nothing here calls malloc, stdio included, so that a test reports its failure on a heap that is
 * not sound any more. */
#ifndef CHECK_H
#define CHECK_H
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

/* Every test uses what it needs of this file. */
#define CHECK_UNUSED __attribute__((unused))

static CHECK_UNUSED void write_all(int fd, const char *text, size_t size) {
    while (size > 0) {
        ssize_t written = write(fd, text, size);
        if (written <= 0)
            return;
        text += written;
        size -= (size_t)written;
    }
}

/* Appends `value` in `base` to `at`; returns the end. */
static CHECK_UNUSED char *put_number(char *at, unsigned long value, unsigned base) {
    char digits[24];
    unsigned count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while ((value /= base) != 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

static CHECK_UNUSED char *put_text(char *at, const char *text) {
    while (*text != '\0')
        *at++ = *text++;
    return at;
}

static CHECK_UNUSED __attribute__((noreturn)) void check_failed(const char *file, unsigned line, const char *condition,
                                                                unsigned long at) {
    int error = errno;
    char text[512], *end = text;
    end = put_number(put_text(put_text(end, file), ":"), line, 10);
    write_all(2, text, (size_t)(end - text));
    write_all(2, ": CHECK failed: ", 16);
    write_all(2, condition, strlen(condition));
    end = put_number(put_text(text, " (at "), at, 10);
    end = put_text(put_number(put_text(end, ", errno "), (unsigned long)error, 10), ")\n");
    write_all(2, text, (size_t)(end - text));
    _exit(1);
}

/* Ends the test with status 1 if `condition` does not hold. CHECK_AT also says for which size, round or thread. */
#define CHECK_AT(condition, at) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition, (unsigned long)(at)))
#define CHECK(condition) CHECK_AT(condition, 0)

/* Hides from the compiler where `p` comes from: it warns of the very mistakes that some tests make on purpose. */
static CHECK_UNUSED void *opaque(void *p) {
    __asm__ volatile("" : "+r"(p));
    return p;
}

static CHECK_UNUSED size_t opaque_size(size_t size) {
    __asm__ volatile("" : "+r"(size));
    return size;
}

/* A pattern that depends on the seed and the offset, so that shifted, exchanged and lost bytes all show. */
static CHECK_UNUSED unsigned char pattern_byte(unsigned long seed, size_t offset) {
    return (unsigned char)((seed * 131 + offset * 7 + (offset >> 8) * 13 + 1) & 0xff);
}

static CHECK_UNUSED void fill(void *p, size_t size, unsigned long seed) {
    for (size_t i = 0; i < size; i++)
        ((unsigned char *)p)[i] = pattern_byte(seed, i);
}

static CHECK_UNUSED int holds(const void *p, size_t size, unsigned long seed) {
    for (size_t i = 0; i < size; i++)
        if (((const unsigned char *)p)[i] != pattern_byte(seed, i))
            return 0;
    return 1;
}

static CHECK_UNUSED int is_zero(const void *p, size_t size) {
    for (size_t i = 0; i < size; i++)
        if (((const unsigned char *)p)[i] != 0)
            return 0;
    return 1;
}

/* xorshift64: the same sequence on every machine. */
static CHECK_UNUSED uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The n-th number of /proc/self/statm in bytes: 0 = address space, 1 = resident. */
static CHECK_UNUSED size_t statm_bytes(int field) {
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY);
    ssize_t size = read(fd, text, sizeof text - 1);
    CHECK(fd >= 0 && size > 0);
    close(fd);
    text[size] = '\0';
    char *at = text;
    while (field-- > 0)
        at = strchr(at, ' ') + 1;
    return strtoul(at, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static CHECK_UNUSED size_t resident_bytes(void) { return statm_bytes(1); }

static CHECK_UNUSED pthread_t start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, body, argument);
    CHECK_AT(error == 0, error);
    return thread;
}

static CHECK_UNUSED void *join(pthread_t thread) {
    void *result;
    int error = pthread_join(thread, &result);
    CHECK_AT(error == 0, error);
    return result;
}

#endif
