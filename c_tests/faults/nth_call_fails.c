/* expect: exit 0
 * needs:  quarry faults
 * run:    shared static preload
 * why:    the n-th call to the kernel of each kind fails, for every n that a load reaches: what is refused is NULL with
 *         ENOMEM, nothing that was allocated changes, the heap stays sound, and all works afterwards */
#include "faults.h"

int main(void) {
    try_every_call(1);
    return 0;
}
