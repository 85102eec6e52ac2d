/* An LD_AUDIT library: it lives in a namespace of its own, with a libc of its own, and is called before the program's libraries
 * are relocated. It counts in a file, since it shares no memory with the program. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <unistd.h>

unsigned la_version(unsigned version) {
    free(malloc(1000));
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

unsigned la_objopen(struct link_map *map, Lmid_t space, uintptr_t *cookie) {
    char *p = malloc(5000);
    if (p == NULL)
        abort();
    p[0] = p[4999] = map != NULL && space == LM_ID_BASE;
    *cookie = (uintptr_t)p[0];
    free(p);
    int fd = open("audited", O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0 || write(fd, ".", 1) != 1)
        abort();
    close(fd);
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}
