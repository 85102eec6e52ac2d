/* expect: exit 0
 * why:    the program's own mappings may take the addresses behind the heap as it grows, in the layout where they go up from
 *         it as in the usual one: memory must be had as long as there is any */
#include "exhaust.h"
#include <sys/mman.h>
#include <sys/personality.h>

static void grow_among_mappings(void) {
    for (size_t had = 0; had < 3 * GIB; had += MIB) {
        char *object = malloc(MIB); /* kept, and not touched */
        CHECK_AT(object != NULL, had);
        if (had % (16 * MIB) == 0) {
            void *obstacle = mmap(NULL, 2 * GIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            CHECK_AT(obstacle != MAP_FAILED, had);
        }
    }
}

int main(int argc, char **argv) {
    (void)argc;
    if (getenv("RESTARTED") == NULL) {
        grow_among_mappings();
        CHECK(setenv("RESTARTED", "yes", 1) == 0);
        CHECK(personality(ADDR_COMPAT_LAYOUT) != -1);
        execv("/proc/self/exe", argv);
        CHECK(!"restarted");
    }
    grow_among_mappings();
    return 0;
}
