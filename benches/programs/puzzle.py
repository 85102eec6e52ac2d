"""puzzle.py SIZE: writes an SMT file for z3 to work on, to standard output; the same text for the same SIZE.

Three kinds of question that need search, each kind SIZE times, all of known answer: arrays written in two orders
(terms and their congruence), a workshop whose tasks must not overlap within a time too short (difference arithmetic
under a search), and a product of two primes to be taken apart (bits and learned clauses). The first two are
unsatisfiable, the last is not.
"""
import random
import sys

PRIMES = [p for p in range(20000, 24000) if all(p % q for q in range(2, 160))]


def arrays(draw, writes):
    """The same writes to an array in two orders, where all places differ: the results cannot differ."""
    print("(declare-sort Index 0)\n(declare-sort Element 0)")
    print("(declare-const start (Array Index Element))")
    for at in range(writes):
        print(f"(declare-const i{at} Index)\n(declare-const e{at} Element)")
    print(f"(assert (distinct {' '.join(f'i{at}' for at in range(writes))}))")
    orders = []
    for _ in range(2):
        order = draw.sample(range(writes), writes)
        term = "start"
        for at in order:
            term = f"(store {term} i{at} e{at})"
        orders.append(term)
    print(f"(assert (not (= {orders[0]} {orders[1]})))")


def workshop(draw, jobs, machines):
    """Tasks on machines within less time than the machine with most work needs."""
    takes = [[draw.randint(2, 12) for _ in range(machines)] for _ in range(jobs)]
    limit = max(sum(job[machine] for job in takes) for machine in range(machines)) - 1
    for job in range(jobs):
        order = draw.sample(range(machines), machines)
        for machine in range(machines):
            print(f"(declare-const s{job}_{machine} Int)\n(assert (>= s{job}_{machine} 0))")
        for before, after in zip(order, order[1:]):
            print(f"(assert (>= (- s{job}_{after} s{job}_{before}) {takes[job][before]}))")
        print(f"(assert (<= s{job}_{order[-1]} {limit - takes[job][order[-1]]}))")
    for machine in range(machines):
        for a in range(jobs):
            for b in range(a):
                one, other = f"s{a}_{machine}", f"s{b}_{machine}"
                print(f"(assert (or (>= (- {one} {other}) {takes[b][machine]})"
                      f" (>= (- {other} {one}) {takes[a][machine]})))")


def product(draw):
    """A product of two primes, to be taken apart into them."""
    number = draw.choice(PRIMES) * draw.choice(PRIMES)
    print("(declare-const a (_ BitVec 36))\n(declare-const b (_ BitVec 36))")
    print(f"(assert (= (bvmul a b) (_ bv{number} 36)))")
    print("(assert (and (bvult (_ bv1 36) a) (bvule a b) (bvult b (_ bv32768 36))))")


def main():
    draw = random.Random(1)
    for _ in range(int(sys.argv[1])):
        for part in (lambda: arrays(draw, 150), lambda: workshop(draw, 8, 2), lambda: product(draw)):
            print("(reset)")
            part()
            print("(check-sat)")


main()
