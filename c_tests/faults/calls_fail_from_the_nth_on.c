/* expect: exit 0
 * needs:  quarry faults
 * run:    preload
 * why:    every call to the kernel of a kind fails from the n-th on, for every n that a load reaches: as in
 *         nth_call_fails, and reaping and trying again does not help */
#include "faults.h"

int main(void) {
    try_every_call(~0u);
    return 0;
}
