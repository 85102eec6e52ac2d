/* expect: exit 0
 * needs:  quarry
 * conf:   stats:sometimes
 * stderr: quarry: option 'stats': [^;]+; ignored
 * why:    the default is kept, so there is no report */
#include "../check.h"

int main(void) {
    free(malloc(100));
    return 0;
}
