/* To be made set-user-ID: tells whether it runs as another user than the caller, and whether a library whose name
 * contains the argument is mapped into it.
 *
 *   privileged <part of a file name> */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int count, char **arguments) {
    char line[4096];
    int mapped = 0;
    if (count < 2) return 2;
    if (geteuid() == getuid()) {
        puts("set-user-ID has no effect in the directory for temporary files");
        return 77;
    }
    FILE *maps = fopen("/proc/self/maps", "r");
    if (!maps) return 2;
    while (fgets(line, sizeof line, maps)) mapped |= strstr(line, arguments[1]) != NULL;
    fclose(maps);
    free(malloc(1000));
    printf("user %d for %d, %s\n", (int)geteuid(), (int)getuid(), mapped ? "library mapped" : "library ignored");
    return 0;
}
