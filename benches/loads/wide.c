/* wide WORK MEBIBYTES LOW HIGH: a large heap of small objects, read at random.
 *
 * Allocates MEBIBYTES MiB of objects of LOW to HIGH bytes once, then reads a random one WORK times, each time one that
 * the object read before decides on, so that reads cannot overlap; every 16th is replaced by a new one.
 * Unit: seconds for WORK reads, after the heap was built.
 * Path: hardly any: how densely objects lie, and whether their memory is backed by huge pages, decides over misses of
 * the TLB and of the caches. */
#include "load.h"

struct object {
    uint32_t number;
    uint32_t size;
};

static struct object *make(uint64_t *random, size_t number, size_t low, size_t high)
{
    size_t size = draw_size(random, low, high);
    struct object *object = take(size);
    use(object, size);
    *object = (struct object){(uint32_t)number, (uint32_t)size};
    return object;
}

int main(int argc, char **argv)
{
    size_t work = argument(argc, argv, 1, "WORK");
    size_t mebibytes = argument(argc, argv, 2, "MEBIBYTES");
    size_t low = argument(argc, argv, 3, "LOW");
    size_t high = argument(argc, argv, 4, "HIGH");
    size_t count = mebibytes * MIB / ((low + high) / 2);
    if (low < sizeof(struct object))
        stop("LOW is less than an object's head");

    uint64_t random = 1;
    struct object **objects = take(count * sizeof(void *));
    for (size_t at = 0; at < count; at++)
        objects[at] = make(&random, at, low, high);

    uint32_t read = 0;
    for (size_t turn = 0; turn < work; turn++) {
        size_t at = ((size_t)(uint32_t)draw(&random) ^ (read & 1023)) % count;
        if (objects[at]->number != at)
            stop("an object is not what was written to it");
        read += objects[at]->size;
        if (turn % 16 == 0) {
            free(objects[at]);
            objects[at] = make(&random, at, low, high);
        }
    }
    for (size_t at = 0; at < count; at++)
        free(objects[at]);
    free(objects);
    return 0;
}
