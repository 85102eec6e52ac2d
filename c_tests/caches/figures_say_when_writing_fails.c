/* expect: exit 0
 * run:    shared static
 * needs:  quarry
 * why:    /dev/full has no room: -1, and errno as fwrite sets it */
#include "cache.h"

int main(void) {
    static int (*const writers[])(FILE *) = {quarry_slabinfo, quarry_slabinfo_json, quarry_buddyinfo, quarry_buddyinfo_json};
    for (int i = 0; i < 4; i++) {
        FILE *full = fopen("/dev/full", "w");
        CHECK_AT(full != NULL && setvbuf(full, NULL, _IONBF, 0) == 0, i);
        errno = 0;
        CHECK_AT(writers[i](full) == -1 && errno == ENOSPC, i);
        fclose(full);
    }
    return 0;
}
