/* expect: exit 0
 * why:    glibc manual, "Statistics for Memory Allocation with malloc": malloc_info writes XML and returns 0 */
#include "../check.h"
#include "xml.h"
#include <stdio.h>

static void *hold(void *release) {
    void *p = malloc(5000);
    pthread_barrier_wait(release);
    pthread_barrier_wait(release);
    free(p);
    return NULL;
}

int main(void) {
    /* The checker must be able to fail. */
    CHECK(xml_is_well_formed("<a b=\"1\"><c/>text</a>\n") && xml_is_well_formed("<?xml version='1.0'?><a></a>"));
    CHECK(!xml_is_well_formed("<a>") && !xml_is_well_formed("<a></b>") && !xml_is_well_formed("<a b=1/>"));
    CHECK(!xml_is_well_formed("") && !xml_is_well_formed("<a/><b/>") && !xml_is_well_formed("<a b=\"1\"c=\"2\"/>"));

    pthread_barrier_t release;
    pthread_barrier_init(&release, NULL, 2);
    pthread_t thread = start(hold, &release);
    pthread_barrier_wait(&release);
    for (size_t size = 1; size < 3 * GIB; size *= 3) {
        char *text = NULL;
        size_t length = 0;
        void *p = malloc(size);
        FILE *file = open_memstream(&text, &length);
        CHECK(p != NULL && file != NULL);
        CHECK_AT(malloc_info(0, file) == 0, size);
        CHECK(fclose(file) == 0 && length > 0);
        CHECK_AT(xml_is_well_formed(text), size);
        free(text);
        free(p);
    }
    pthread_barrier_wait(&release);
    join(thread);
    return 0;
}
