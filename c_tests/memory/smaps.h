/* What the kernel says of each mapping: /proc/self/smaps, read without malloc. */
#ifndef SMAPS_H
#define SMAPS_H
#include "memory.h"

struct mapping {
    size_t size, resident, huge; /* bytes; `huge` of huge pages */
    int is_writable, is_file, is_special, asks_huge, asks_small;
};

static CHECK_UNUSED size_t number_after(const char *line) {
    size_t number = 0;
    for (; *line != '\0'; line++)
        if (*line >= '0' && *line <= '9')
            number = number * 10 + (size_t)(*line - '0');
    return number * KIB;
}

/* Enters a line of smaps into `mapping`; returns whether it was the last of it. */
static CHECK_UNUSED int read_smaps_line(struct mapping *mapping, char *line) {
    char *dash = strchr(line, '-'), *space = strchr(line, ' ');
    if (dash != NULL && space != NULL && dash < space && strchr(line, ':') > space) {
        /* start-end rwxp offset device inode path: only anonymous mappings have inode 0. */
        *mapping = (struct mapping){.is_writable = space[2] == 'w', .is_file = strchr(line, '/') != NULL};
        mapping->is_special = strstr(line, "[stack") != NULL || strstr(line, "[v") != NULL || strstr(line, "[heap") != NULL;
    } else if (strncmp(line, "Size:", 5) == 0) {
        mapping->size = number_after(line);
    } else if (strncmp(line, "Rss:", 4) == 0) {
        mapping->resident = number_after(line);
    } else if (strncmp(line, "AnonHugePages:", 14) == 0) {
        mapping->huge = number_after(line);
    } else if (strncmp(line, "VmFlags:", 8) == 0) {
        mapping->asks_huge = strstr(line, " hg") != NULL;
        mapping->asks_small = strstr(line, " nh") != NULL;
        return 1;
    }
    return 0;
}

/* Calls `visit` for each mapping of the process. */
static CHECK_UNUSED void walk_smaps(void (*visit)(const struct mapping *)) {
    static char text[1 << 14];
    struct mapping mapping = {0};
    size_t filled = 0;
    int fd = open("/proc/self/smaps", O_RDONLY);
    CHECK(fd >= 0);
    for (;;) {
        ssize_t got = read(fd, text + filled, sizeof text - 1 - filled);
        CHECK(got >= 0);
        if (got == 0)
            break;
        filled += (size_t)got;
        char *line = text, *end;
        while ((end = memchr(line, '\n', filled - (size_t)(line - text))) != NULL) {
            *end = '\0';
            if (read_smaps_line(&mapping, line))
                visit(&mapping);
            line = end + 1;
        }
        filled -= (size_t)(line - text);
        memmove(text, line, filled);
    }
    close(fd);
}

/* Sums over the anonymous mappings: how many there are, and how many bytes of them ask for huge pages, ask for small ones,
 * and are behind huge ones. */
static struct {
    size_t count, asks_huge, asks_small, huge;
} anonymous;

static CHECK_UNUSED void add_anonymous(const struct mapping *mapping) {
    if (mapping->is_file || mapping->is_special)
        return;
    anonymous.count++;
    anonymous.asks_huge += mapping->asks_huge ? mapping->size : 0;
    anonymous.asks_small += mapping->asks_small ? mapping->size : 0;
    anonymous.huge += mapping->huge;
}

static CHECK_UNUSED void look_at_mappings(void) {
    memset(&anonymous, 0, sizeof anonymous);
    walk_smaps(add_anonymous);
}

/* Whether the kernel gives huge pages to who asks, and asks for VmFlags to be believed. */
static CHECK_UNUSED int kernel_gives_huge_pages(void) {
    char text[64] = "";
    int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    return got > 0 && (strstr(text, "[madvise]") != NULL || strstr(text, "[always]") != NULL);
}

/* Allocates `bytes` in objects of `size`, written throughout, in a list through themselves. */
static CHECK_UNUSED struct link *take_dense(size_t bytes, size_t size) {
    struct link *list = NULL;
    for (size_t taken = 0; taken < bytes; taken += size) {
        struct link *link = malloc(size);
        CHECK_AT(link != NULL, taken);
        memset(link, 1, size);
        link->next = list;
        list = link;
    }
    return list;
}

#endif
