/* expect: exit 0
 * why:    2,000 threads are born, use a thousand objects of thirty sizes each, and die; what they held back must serve the
 *         next one, so that the program stays as small as one thread needs it */
#include "../check.h"

static void *body(void *argument) {
    static __thread void *live[1000];
    for (int i = 0; i < 1000; i++) {
        CHECK((live[i] = malloc((size_t)(i % 30) * 150 + 1)) != NULL);
        *(char *)live[i] = 1;
    }
    for (int i = 0; i < 1000; i++)
        free(live[i]);
    return argument;
}

int main(void) {
    for (int i = 0; i < 100; i++)
        join(start(body, NULL));
    size_t early = resident_bytes();
    for (int i = 0; i < 1900; i++)
        join(start(body, NULL));
    size_t late = resident_bytes();
    CHECK_AT(late < early + 16 * MIB, late - early);
    return 0;
}
