/* What the tests of this folder learn from the kernel. Nothing here calls malloc. */
#ifndef GROWTH_H
#define GROWTH_H
#include "../check.h"
#include <sys/mman.h>

/* Returns the number in kB behind `key` in a file of /proc, in bytes, the sum where the key comes several times; counts how
 * often it came in `times` if that is not NULL. */
static CHECK_UNUSED size_t sum_of(const char *path, const char *key, size_t *times) {
    static char text[1 << 16];
    size_t filled = 0, sum = 0, found = 0, length = strlen(key);
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    for (;;) {
        ssize_t got = read(fd, text + filled, sizeof text - filled);
        CHECK(got >= 0);
        filled += (size_t)got;
        char *line = text, *end;
        while ((end = memchr(line, '\n', filled - (size_t)(line - text))) != NULL) {
            if ((size_t)(end - line) > length && memcmp(line, key, length) == 0) {
                size_t number = 0;
                for (char *at = line + length; at < end; at++)
                    if (*at >= '0' && *at <= '9')
                        number = number * 10 + (size_t)(*at - '0');
                sum += number * KIB;
                found++;
            }
            line = end + 1;
        }
        filled -= (size_t)(line - text);
        memmove(text, line, filled);
        if (got == 0)
            break;
    }
    close(fd);
    if (times != NULL)
        *times = found;
    return sum;
}

/* The mappings of the process. */
static CHECK_UNUSED size_t mappings(void) {
    size_t times;
    sum_of("/proc/self/smaps", "Size:", &times);
    return times;
}

/* Whether the first 50 KiB of a buffer, and every 512th byte of it, are as `grow_in_turn` left them. */
static CHECK_UNUSED int is_as_grown(const char *buffer, size_t number, size_t size) {
    for (size_t at = 50 * KIB; at < size; at += 512)
        if (buffer[at] != (char)pattern_byte(number, at))
            return 0;
    return holds(buffer, 50 * KIB, number);
}

/* Grows `count` buffers in turn to `limit` bytes, by a third each time, and checks what they hold. */
static CHECK_UNUSED void grow_in_turn(char **buffers, size_t count, size_t limit) {
    size_t size = 100;
    for (size_t i = 0; i < count; i++) {
        CHECK((buffers[i] = malloc(size)) != NULL);
        fill(buffers[i], size, i);
    }
    while (size < limit) {
        size_t next = size + size / 3 < limit ? size + size / 3 : limit;
        for (size_t i = 0; i < count; i++) {
            CHECK_AT((buffers[i] = realloc(buffers[i], next)) != NULL, next);
            CHECK_AT(malloc_usable_size(buffers[i]) >= next, next);
            for (size_t at = size; at < next && at < 50 * KIB; at++)
                buffers[i][at] = (char)pattern_byte(i, at);
            for (size_t at = (size + 511) / 512 * 512; at < next; at += 512)
                buffers[i][at] = (char)pattern_byte(i, at);
        }
        size = next;
    }
    for (size_t i = 0; i < count; i++)
        CHECK_AT(is_as_grown(buffers[i], i, limit), i);
}

#endif
