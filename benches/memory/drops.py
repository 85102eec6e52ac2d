"""drops.py ENTRIES TIMES: builds a large structure and drops it, TIMES times.

ENTRIES records in a dictionary: a name, a list of numbers, a set, a tuple that shares nothing with others; all objects
come from malloc (PYTHONMALLOC=malloc). Marks: start; built, with the first structure alive; drop-1 and so on, with none;
end after the last. Figure: the ratchet, from the first drop to the last.
Path: a heap of small objects that goes as a whole, over and over, beside the interpreter's own that stay.
"""
import gc
import os
import sys

PAGE_KIB = os.sysconf("SC_PAGESIZE") // 1024


def mark(name):
    with open("/proc/self/statm", encoding="ascii") as file:
        kib = int(file.read().split()[1]) * PAGE_KIB
    print("mark", name, kib, flush=True)
    return kib


def build(entries, turn):
    table = {}
    for at in range(entries):
        name = f"record {turn} {at}"
        table[name] = {
            "name": name.upper(),
            "numbers": [at * 1000.5 + step for step in range(at % 12)],
            "words": {f"word {at % 997} {step}" for step in range(at % 4)},
            "pair": (at + 1000, name + "." * (at % 300)),
        }
    return table


def main():
    entries, times = int(sys.argv[1]), int(sys.argv[2])
    mark("start")
    drops = []
    for turn in range(1, times + 1):
        table = build(entries, turn)
        if turn == 1:
            mark("built")
        if len(table) != entries:
            sys.exit("the structure is not whole")
        del table
        gc.collect()
        drops.append(mark(f"drop-{turn}"))
    mark("end")
    print("figure", "ratchet", f"{(drops[-1] - drops[0]) / 1024:.3f}", "MiB", flush=True)


main()
