/* minimise WORK THREADS: two-level logic, minimised.
 *
 * Each thread draws Boolean functions of 10 to 17 inputs as sums of 24 to 63 products, computes the complement by
 * expansion over one input after the other, drops literals from each product as far as the complement allows, removes
 * products that others cover, and tries the result at random points; WORK functions in all. The steps of Brayton et
 * al., "Logic Minimization Algorithms for VLSI Synthesis", 1984, which espresso goes through, another of the six
 * programs of Zorn & Grunwald.
 * Unit: seconds for WORK functions in all, some 19,000 pairs of malloc and free each.
 * Path: objects of 8 bytes to some KiB, growing by realloc, alive for as long as a branch of the recursion. */
#include "load.h"

enum { LEAST_INPUTS = 10, POINTS = 64 };

/* A product: two bits for each input, the lower set if it may be 0, the higher if it may be 1. */
typedef uint64_t product;

/* A sum of products. */
struct cover {
    size_t count, room;
    product *products;
};

static size_t work, threads;

static struct cover *make_cover(void)
{
    struct cover *cover = take(sizeof *cover);
    *cover = (struct cover){0, 0, NULL};
    return cover;
}

static void drop(struct cover *cover)
{
    free(cover->products);
    free(cover);
}

static void append(struct cover *cover, product added)
{
    if (cover->count == cover->room) {
        cover->room = cover->room == 0 ? 1 : cover->room + cover->room / 2 + 1;
        cover->products = realloc(cover->products, cover->room * sizeof(product));
        if (cover->products == NULL)
            stop("realloc refused");
    }
    cover->products[cover->count++] = added;
}

static product literal(unsigned input, unsigned value)
{
    return (product)(1 + value) << (2 * input);
}

static product any(unsigned input)
{
    return (product)3 << (2 * input);
}

static product all(unsigned inputs)
{
    return any(inputs) / 3 - 1;
}

/* No input is left without a value. */
static int is_empty(product one, unsigned inputs)
{
    product lower = all(inputs) / 3;
    return ((one | one >> 1) & lower) != lower;
}

/* Returns what `cover` is where `within` holds: products that meet it, without the inputs it fixes. */
static struct cover *restrict_to(const struct cover *cover, product within, unsigned inputs)
{
    struct cover *result = make_cover();
    product freed = 0;
    for (unsigned input = 0; input < inputs; input++)
        if ((within & any(input)) != any(input))
            freed |= any(input);
    for (size_t at = 0; at < cover->count; at++)
        if (!is_empty(cover->products[at] & within, inputs))
            append(result, cover->products[at] | freed);
    return result;
}

/* Returns the input on which most products depend, or `inputs` if a product depends on none or there is no product. */
static unsigned split_input(const struct cover *cover, unsigned inputs)
{
    unsigned *uses = calloc(inputs, sizeof *uses), best = 0;
    if (uses == NULL)
        stop("calloc refused");
    for (size_t at = 0; at < cover->count; at++)
        for (unsigned input = 0; input < inputs; input++)
            uses[input] += (cover->products[at] & any(input)) != any(input);
    for (unsigned input = 1; input < inputs; input++)
        if (uses[input] > uses[best])
            best = input;
    int constant = cover->count == 0;
    for (size_t at = 0; at < cover->count; at++)
        constant |= cover->products[at] == all(inputs);
    free(uses);
    return constant ? inputs : best;
}

static struct cover *complement(const struct cover *cover, unsigned inputs)
{
    unsigned input = split_input(cover, inputs);
    struct cover *result = make_cover();
    if (input == inputs) {
        if (cover->count == 0)
            append(result, all(inputs));
        return result;
    }
    struct cover *halves[2];
    for (unsigned value = 0; value < 2; value++) {
        product within = all(inputs) ^ literal(input, 1 - value);
        struct cover *half = restrict_to(cover, within, inputs);
        halves[value] = complement(half, inputs);
        drop(half);
    }
    /* Products that both halves have need not depend on the input. */
    for (size_t at = 0; at < halves[0]->count; at++) {
        product one = halves[0]->products[at];
        size_t other = 0;
        while (other < halves[1]->count && halves[1]->products[other] != one)
            other++;
        if (other < halves[1]->count)
            halves[1]->products[other] = halves[1]->products[--halves[1]->count];
        else
            one &= ~literal(input, 1);
        append(result, one);
    }
    for (size_t at = 0; at < halves[1]->count; at++)
        append(result, halves[1]->products[at] & ~literal(input, 0));
    drop(halves[0]);
    drop(halves[1]);
    return result;
}

static int is_tautology(const struct cover *cover, unsigned inputs)
{
    unsigned input = split_input(cover, inputs);
    if (input == inputs)
        return cover->count > 0;
    int is = 1;
    for (unsigned value = 0; value < 2 && is; value++) {
        struct cover *half = restrict_to(cover, all(inputs) ^ literal(input, 1 - value), inputs);
        is = is_tautology(half, inputs);
        drop(half);
    }
    return is;
}

static int meets(product one, const struct cover *cover, unsigned inputs)
{
    for (size_t at = 0; at < cover->count; at++)
        if (!is_empty(one & cover->products[at], inputs))
            return 1;
    return 0;
}

/* Drops from each product the literals that keep it off nothing in `off`; leaves out what an earlier one contains. */
static struct cover *expand(const struct cover *cover, const struct cover *off, unsigned inputs)
{
    struct cover *result = make_cover();
    for (size_t at = 0; at < cover->count; at++) {
        product one = cover->products[at];
        int contained = 0;
        for (unsigned input = 0; input < inputs; input++)
            if (!meets(one | any(input), off, inputs))
                one |= any(input);
        for (size_t before = 0; before < result->count; before++)
            contained |= (one & ~result->products[before]) == 0;
        if (!contained)
            append(result, one);
    }
    return result;
}

/* Returns the products that the others, those left out already not counted, do not cover. */
static struct cover *without_redundant(struct cover *cover, unsigned inputs)
{
    struct cover *result = make_cover();
    for (size_t at = 0; at < cover->count; at++) {
        struct cover *others = make_cover();
        for (size_t kept = 0; kept < result->count; kept++)
            append(others, result->products[kept]);
        for (size_t later = at + 1; later < cover->count; later++)
            append(others, cover->products[later]);
        struct cover *within = restrict_to(others, cover->products[at], inputs);
        if (!is_tautology(within, inputs))
            append(result, cover->products[at]);
        drop(within);
        drop(others);
    }
    return result;
}

static void *minimise(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    for (size_t left = share(work, threads, index); left > 0; left--) {
        unsigned inputs = LEAST_INPUTS + (unsigned)draw_below(&random, 8);
        struct cover *on = make_cover();
        for (size_t count = 24 + draw_below(&random, 40); count > 0; count--) {
            product one = all(inputs);
            for (size_t literals = 4 + draw_below(&random, 4); literals > 0; literals--) {
                unsigned input = (unsigned)draw_below(&random, inputs);
                one = (one | any(input)) ^ literal(input, draw(&random) & 1);
            }
            append(on, one);
        }
        struct cover *off = complement(on, inputs), *wide = expand(on, off, inputs);
        struct cover *result = without_redundant(wide, inputs);
        for (size_t turn = 0; turn < POINTS; turn++) {
            product point = 0;
            for (unsigned input = 0; input < inputs; input++)
                point |= literal(input, draw(&random) & 1);
            int is = meets(point, on, inputs);
            if (meets(point, off, inputs) == is || meets(point, result, inputs) != is)
                stop("the minimised function is another");
        }
        drop(on);
        drop(off);
        drop(wide);
        drop(result);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    run_threads(threads, minimise);
    return 0;
}
