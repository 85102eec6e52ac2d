/* expect: exit 0
 * needs:  quarry
 * conf:   colour:red
 * stderr: quarry: option 'colour': [^;]+; ignored
 * why:    a misspelt option must not be taken for one that works: one line, and the program goes on */
#include "../check.h"

int main(void) {
    free(malloc(100));
    return 0;
}
