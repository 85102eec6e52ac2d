/* expect: exit 0
 * needs:  quarry
 * why:    at exit other threads may be in the midst of anything: the report waits for none of them and is whole */
#include "json.h"
#include "self.h"
#include "../threads/busy.h"

int main(int argc, char **argv) {
    (void)argv;
    if (argc > 1) {
        alarm(30);
        busy_begin();
        usleep(2000);
        exit(0);
    }
    for (int round = 0; round < 25; round++) {
        const struct outcome *outcome = run_self("stats:json", "child");
        CHECK_AT(outcome->status == 0, outcome->status);
        CHECK_AT(json_is_valid(outcome->text) && json_member(outcome->text, "process_id") == outcome->pid, round);
    }
    return 0;
}
