/* expect: exit 0
 * modes:  default
 * needs:  quarry
 * why:    mallinfo has int fields (mallinfo(3), BUGS: values may wrap around zero); a figure that does not fit is INT_MAX,
 *         never a lie, and one that fits is the one of mallinfo2 */
#include "../check.h"
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

int main(void) {
    void *small = malloc(1000);
    struct mallinfo narrow = mallinfo();
    struct mallinfo2 wide = mallinfo2();
    CHECK((size_t)narrow.arena == wide.arena && (size_t)narrow.uordblks == wide.uordblks);
    CHECK((size_t)narrow.fordblks == wide.fordblks && (size_t)narrow.hblks == wide.hblks);
    void *huge = malloc(3 * GIB);
    CHECK(huge != NULL && mallinfo().hblkhd == INT_MAX && mallinfo2().hblkhd >= 3 * GIB);
    free(huge);
    CHECK(mallinfo().hblkhd < INT_MAX);
    free(small);
    return 0;
}
