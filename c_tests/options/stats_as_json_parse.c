/* expect: exit 0
 * needs:  quarry
 * why:    RFC 8259: the report is one JSON value, of this process, and its figures are what the program held */
#include "json.h"
#include "self.h"

int main(int argc, char **argv) {
    /* The checker must be able to fail. */
    CHECK(json_is_valid("{\"a\":[1,-2.5e3,null,true,\"x\\n\"],\"b\":{}}\n") && json_is_valid("[]"));
    CHECK(!json_is_valid("") && !json_is_valid("{\"a\":1,}") && !json_is_valid("[1 2]") && !json_is_valid("{a:1}"));
    CHECK(!json_is_valid("[01]") && !json_is_valid("{}{}") && !json_is_valid("[1") && !json_is_valid("\"\n\""));
    (void)argv;
    if (argc > 1) {
        for (int i = 0; i < 1000; i++)
            CHECK(malloc(10000) != NULL);
        return 0;
    }
    const struct outcome *outcome = run_self("stats:json", "child");
    CHECK_AT(outcome->status == 0, outcome->status);
    CHECK(json_is_valid(outcome->text) && lines_of(outcome->text) == 1);
    CHECK(json_member(outcome->text, "version") == 1);
    CHECK(json_member(outcome->text, "process_id") == outcome->pid);
    long long live = json_member(outcome->text, "live_bytes");
    CHECK_AT(live >= 10000000 && live < 12000000, live);
    CHECK(json_member(outcome->text, "live_objects") >= 1000);
    CHECK(json_member(outcome->text, "committed_bytes") >= live);
    return 0;
}
