/* expect: exit 0
 * why:    C11 7.22.4.4: exit ends the program whatever other threads do; they allocate until the very end */
#include "busy.h"
#include <sys/wait.h>

int main(void) {
    for (int round = 0; round < 50; round++) {
        int status;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(30);
            busy_begin();
            usleep((useconds_t)(round * 50));
            exit(0);
        }
        CHECK_AT(waitpid(child, &status, 0) == child && status == 0, status);
    }
    return 0;
}
