/* numbers WORK THREADS: arithmetic on numbers of many digits, each a small object.
 *
 * Each thread expands the square roots of odd numbers of 128 bits into continued fractions, as the factoring method of
 * Morrison & Brillhart does ("A method of factoring and the factorization of F7", Mathematics of Computation 29,
 * 1975), 2000 terms of each, and divides each term by small primes; every intermediate number is allocated and freed.
 * The work of cfrac, whose objects Zorn & Grunwald found small and short-lived ("Empirical measurements of six
 * allocation-intensive C programs", SIGPLAN Notices 27, 1992).
 * Unit: seconds for WORK terms in all, some 38 pairs of malloc and free each.
 * Path: malloc and free of objects of 8 to 56 bytes, few alive at a time: hits of the loaded magazine alone. */
#include "load.h"

enum { TERMS = 2000, LIMBS = 4, CHECK_EVERY = 64 };

/* A natural number in limbs of 32 bits, the least first; the highest is not zero, and zero has none. */
struct number {
    uint32_t used;
    uint32_t limbs[];
};

static const struct number zero;
static const uint32_t primes[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53};

static size_t work, threads;

static struct number *make(uint32_t used)
{
    struct number *number = take(sizeof *number + used * sizeof number->limbs[0]);
    number->used = used;
    return number;
}

static void trim(struct number *number)
{
    while (number->used > 0 && number->limbs[number->used - 1] == 0)
        number->used--;
}

static struct number *small(uint32_t value)
{
    struct number *number = make(value > 0);
    if (value > 0)
        number->limbs[0] = value;
    return number;
}

static int compare(const struct number *a, const struct number *b)
{
    uint32_t at = a->used;
    if (a->used != b->used)
        return a->used < b->used ? -1 : 1;
    while (at > 0 && a->limbs[at - 1] == b->limbs[at - 1])
        at--;
    return at == 0 ? 0 : a->limbs[at - 1] < b->limbs[at - 1] ? -1 : 1;
}

static struct number *add(const struct number *a, const struct number *b)
{
    if (a->used < b->used)
        return add(b, a);
    struct number *sum = make(a->used + 1);
    uint64_t carry = 0;
    for (uint32_t at = 0; at < a->used; at++) {
        carry += (uint64_t)a->limbs[at] + (at < b->used ? b->limbs[at] : 0);
        sum->limbs[at] = (uint32_t)carry;
        carry >>= 32;
    }
    sum->limbs[a->used] = (uint32_t)carry;
    trim(sum);
    return sum;
}

/* Returns a - b; b must not be the greater one. */
static struct number *subtract(const struct number *a, const struct number *b)
{
    struct number *rest = make(a->used);
    int64_t carry = 0;
    for (uint32_t at = 0; at < a->used; at++) {
        carry += (int64_t)a->limbs[at] - (at < b->used ? b->limbs[at] : 0);
        rest->limbs[at] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry != 0)
        stop("a number below zero");
    trim(rest);
    return rest;
}

static struct number *multiply(const struct number *a, const struct number *b)
{
    struct number *product = make(a->used + b->used);
    memset(product->limbs, 0, product->used * sizeof product->limbs[0]);
    for (uint32_t i = 0; i < a->used; i++) {
        uint64_t carry = 0;
        for (uint32_t j = 0; j < b->used; j++) {
            carry += (uint64_t)a->limbs[i] * b->limbs[j] + product->limbs[i + j];
            product->limbs[i + j] = (uint32_t)carry;
            carry >>= 32;
        }
        product->limbs[i + b->used] = (uint32_t)carry;
    }
    trim(product);
    return product;
}

static struct number *divide_small(const struct number *a, uint32_t by, uint32_t *rest)
{
    struct number *quotient = make(a->used);
    uint64_t carry = 0;
    for (uint32_t at = a->used; at-- > 0;) {
        carry = carry << 32 | a->limbs[at];
        quotient->limbs[at] = (uint32_t)(carry / by);
        carry %= by;
    }
    trim(quotient);
    *rest = (uint32_t)carry;
    return quotient;
}

/* Returns a shifted left by `bits` below 32, with one limb more than a, which may be zero. */
static struct number *shifted(const struct number *a, unsigned bits)
{
    struct number *result = make(a->used + 1);
    uint64_t carry = 0;
    for (uint32_t at = 0; at < a->used; at++) {
        carry |= (uint64_t)a->limbs[at] << bits;
        result->limbs[at] = (uint32_t)carry;
        carry >>= 32;
    }
    result->limbs[a->used] = (uint32_t)carry;
    return result;
}

/* Returns a / b and, in `rest`, a mod b (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D). */
static struct number *divide(const struct number *a, const struct number *b, struct number **rest)
{
    if (compare(a, b) < 0) {
        *rest = add(a, &zero);
        return make(0);
    }
    if (b->used == 1) {
        uint32_t left;
        struct number *quotient = divide_small(a, b->limbs[0], &left);
        *rest = small(left);
        return quotient;
    }
    unsigned bits = (unsigned)__builtin_clz(b->limbs[b->used - 1]);
    uint32_t n = b->used, m = a->used - n;
    struct number *left = shifted(a, bits), *by = shifted(b, bits), *quotient = make(m + 1);
    for (uint32_t j = m + 1; j-- > 0;) {
        uint64_t top = (uint64_t)left->limbs[j + n] << 32 | left->limbs[j + n - 1];
        uint64_t digit = top / by->limbs[n - 1], remain = top % by->limbs[n - 1];
        while (digit >> 32 != 0 || digit * by->limbs[n - 2] > (remain << 32 | left->limbs[j + n - 2])) {
            digit--;
            if ((remain += by->limbs[n - 1]) >> 32 != 0)
                break;
        }
        int64_t borrow = 0;
        uint64_t carry = 0;
        for (uint32_t i = 0; i < n; i++) {
            carry += digit * by->limbs[i];
            borrow += (int64_t)left->limbs[i + j] - (uint32_t)carry;
            left->limbs[i + j] = (uint32_t)borrow;
            borrow >>= 32;
            carry >>= 32;
        }
        borrow += (int64_t)left->limbs[j + n] - (int64_t)carry;
        left->limbs[j + n] = (uint32_t)borrow;
        if (borrow < 0) {
            digit--;
            carry = 0;
            for (uint32_t i = 0; i < n; i++) {
                carry += (uint64_t)left->limbs[i + j] + by->limbs[i];
                left->limbs[i + j] = (uint32_t)carry;
                carry >>= 32;
            }
            left->limbs[j + n] += (uint32_t)carry;
        }
        quotient->limbs[j] = (uint32_t)digit;
    }
    trim(left);
    *rest = divide_small(left, 1u << bits, &(uint32_t){0});
    trim(quotient);
    free(left);
    free(by);
    return quotient;
}

static struct number *quotient(const struct number *a, const struct number *b)
{
    struct number *rest, *result = divide(a, b, &rest);
    return free(rest), result;
}

static struct number *modulo(const struct number *a, const struct number *b)
{
    struct number *rest;
    return free(divide(a, b, &rest)), rest;
}

static void replace(struct number **place, struct number *by)
{
    free(*place);
    *place = by;
}

/* Returns the whole part of the square root, by Newton's steps from above. */
static struct number *square_root(const struct number *of)
{
    struct number *root = make(of->used / 2 + 2);
    memset(root->limbs, 0, root->used * sizeof root->limbs[0]);
    root->limbs[root->used - 1] = 1;
    for (;;) {
        struct number *other = quotient(of, root), *sum = add(root, other);
        uint32_t odd;
        struct number *next = divide_small(sum, 2, &odd);
        free(other);
        free(sum);
        if (compare(next, root) >= 0)
            return free(next), root;
        replace(&root, next);
    }
}

/* Divides `of` by the primes as often as they go and returns what is left. */
static struct number *sifted(const struct number *of)
{
    struct number *left = add(of, &zero);
    for (size_t at = 0; at < sizeof primes / sizeof primes[0]; at++) {
        uint32_t rest;
        struct number *next = divide_small(left, primes[at], &rest);
        while (rest == 0) {
            replace(&left, next);
            next = divide_small(left, primes[at], &rest);
        }
        free(next);
    }
    return left;
}

/* Stops unless top * top is q or, if the sign of the term is minus, -q modulo `of`. */
static void check_term(const struct number *top, const struct number *q, const struct number *of, int minus)
{
    struct number *square = multiply(top, top), *rest = modulo(square, of);
    struct number *wanted = minus ? subtract(of, q) : modulo(q, of);
    if (compare(rest, wanted) != 0)
        stop("a term of the continued fraction is wrong");
    free(square);
    free(rest);
    free(wanted);
}

/* Expands the square root of `of` to `terms` terms: p and q of the term, and the numerator `top` of the convergent. */
static void expand(const struct number *of, size_t terms)
{
    struct number *root = square_root(of), *p = small(0), *q = small(1), *a = quotient(root, q);
    struct number *before = small(1), *top = modulo(root, of);
    for (size_t term = 1; term <= terms; term++) {
        struct number *product = multiply(a, q);
        replace(&p, subtract(product, p));
        replace(&product, multiply(p, p));
        replace(&product, subtract(of, product));
        replace(&q, quotient(product, q));
        replace(&product, add(root, p));
        replace(&a, quotient(product, q));
        free(product);
        free(sifted(q));
        if (term % CHECK_EVERY == 1)
            check_term(top, q, of, term % 2);
        product = multiply(a, top);
        replace(&product, add(product, before));
        free(before);
        before = top;
        top = modulo(product, of);
        free(product);
    }
    for (size_t at = 0; at < 6; at++)
        free((struct number *[]){root, p, q, a, before, top}[at]);
}

static void *factor(void *given)
{
    size_t index = (uintptr_t)given;
    uint64_t random = index + 1;
    for (size_t left = share(work, threads, index); left > 0; left -= left < TERMS ? left : TERMS) {
        struct number *of = make(LIMBS);
        for (uint32_t at = 0; at < LIMBS; at++)
            of->limbs[at] = (uint32_t)draw(&random) | 0x40000001u;
        expand(of, left < TERMS ? left : TERMS);
        free(of);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    work = argument(argc, argv, 1, "WORK");
    threads = argument(argc, argv, 2, "THREADS");
    run_threads(threads, factor);
    return 0;
}
