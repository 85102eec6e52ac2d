/* The levels of memory as quarry.h declares them. In a plain program the names are weak: they are there only when the library
 * is preloaded. */
#ifndef LEVELS_H
#define LEVELS_H
#include "../check.h"
#include "../../include/quarry.h"

#ifndef QUARRY_LINKED
#pragma weak quarry_check
#pragma weak quarry_max_order
#pragma weak quarry_alloc_pages
#pragma weak quarry_get_zeroed_pages
#pragma weak quarry_alloc_pages_exact
#pragma weak quarry_free_pages
#pragma weak quarry_free_pages_exact
#pragma weak quarry_kmalloc
#pragma weak quarry_kzalloc
#pragma weak quarry_krealloc
#pragma weak quarry_ksize
#pragma weak quarry_kfree
#pragma weak quarry_set_oom_handler
#pragma weak quarry_vmalloc
#pragma weak quarry_vzalloc
#pragma weak quarry_vrealloc
#pragma weak quarry_vfree
#pragma weak quarry_areas
#pragma weak quarry_owns
#endif

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

/* The number behind `name` in /proc/self/status, in bytes. */
static CHECK_UNUSED size_t status_bytes(const char *name) {
    static char text[8192];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t size = read(fd, text, sizeof text - 1);
    CHECK(fd >= 0 && size > 0);
    close(fd);
    text[size] = '\0';
    char *at = strstr(text, name);
    CHECK(at != NULL);
    return strtoul(at + strlen(name) + 1, NULL, 10) * KIB;
}

/* The mappings of the process: lines of /proc/self/maps. */
static CHECK_UNUSED size_t mappings(void) {
    static char text[65536];
    size_t lines = 0;
    ssize_t size;
    int fd = open("/proc/self/maps", O_RDONLY);
    while ((size = read(fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < size; i++)
            lines += text[i] == '\n';
    close(fd);
    return lines;
}

#endif
