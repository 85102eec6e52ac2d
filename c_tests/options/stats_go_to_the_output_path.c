/* expect: exit 0
 * needs:  quarry
 * why:    output:PATH takes the report instead of standard error; %p in it is the process number */
#include "json.h"
#include "self.h"

int main(int argc, char **argv) {
    char path[64];
    (void)argv;
    free(malloc(100)); /* a linked program that never allocates has no heap to report */
    if (argc > 1)
        return 0;
    unlink("plain.txt");
    const struct outcome *outcome = run_self("stats:exit,output:plain.txt", "child");
    CHECK(outcome->status == 0 && outcome->size == 0 && is_text_report(text_of("plain.txt"), outcome->pid));
    outcome = run_self("output:report.%p.json,stats:json", "child");
    snprintf(path, sizeof path, "report.%d.json", (int)outcome->pid);
    CHECK(outcome->status == 0 && outcome->size == 0 && json_is_valid(text_of(path)));
    CHECK(json_member(text_of(path), "process_id") == outcome->pid);
    outcome = run_self("stats:off,output:none.txt", "child");
    CHECK(outcome->status == 0 && outcome->size == 0 && access("none.txt", F_OK) != 0);
    return 0;
}
