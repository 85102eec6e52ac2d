/* expect: exit 0
 * needs:  quarry
 * conf:   stats:exit
 * stderr: quarry: memory of process [0-9]+.*live +30\.[0-9] MiB +in 3[0-9] objects.*threads +1 .*
 * why:    the summary says what the program still held when it ended: 30 MiB here */
#include "../check.h"

int main(void) {
    for (int i = 0; i < 30; i++)
        CHECK(malloc(MIB) != NULL);
    return 0;
}
