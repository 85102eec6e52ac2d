"""mix.py WORK: what Python programs do, in pure Python, WORK turns of everything.

The kinds of pyperformance's programs in code of its own: tasks that pass packets (richards), bodies that attract each
other (nbody), constraints over objects (deltablue), JSON, regular expressions, dictionaries of words, trees,
generators, deep copies. PYTHONMALLOC=malloc sends all objects to the allocator.
"""
import copy
import json
import random
import re
import sys
from collections import defaultdict, deque


class Packet:
    def __init__(self, hops, body):
        self.hops = hops
        self.body = body


class Task:
    """Takes packets, adds to their bodies, and passes them on until their hops are used up."""

    def __init__(self, name):
        self.name = name
        self.queue = deque()
        self.done = 0

    def run(self, tasks):
        for _ in range(len(self.queue)):
            packet = self.queue.popleft()
            if packet.hops == 0:
                self.done += len(packet.body)
                continue
            body = packet.body + [self.name]
            tasks[(self.name + packet.hops) % len(tasks)].queue.append(Packet(packet.hops - 1, body))


def tasks(draw):
    ring = [Task(name) for name in range(8)]
    for at in range(400):
        ring[at % 8].queue.append(Packet(10 + draw.randrange(10), []))
    while any(task.queue for task in ring):
        for task in ring:
            task.run(ring)
    assert sum(task.done for task in ring) >= 4000


def bodies(draw):
    places = [[draw.random(), draw.random(), draw.random()] for _ in range(12)]
    speeds = [[0.0, 0.0, 0.0] for _ in places]
    for _ in range(20):
        for one, (place, speed) in enumerate(zip(places, speeds)):
            for other in places[one + 1 :]:
                away = [a - b for a, b in zip(other, place)]
                pull = 1e-4 / (sum(part * part for part in away) + 1e-2) ** 1.5
                for axis in range(3):
                    speed[axis] += away[axis] * pull
        for place, speed in zip(places, speeds):
            place[:] = [part + by for part, by in zip(place, speed)]
    assert all(abs(part) < 100 for place in places for part in place)


class Variable:
    def __init__(self, value):
        self.value = value
        self.constraints = []


class Scale:
    """Keeps one variable a multiple of another, plus one."""

    def __init__(self, source, target, factor):
        self.source, self.target, self.factor = source, target, factor
        source.constraints.append(self)

    def satisfy(self):
        self.target.value = self.source.value * self.factor + 1


def constraints(draw):
    variables = [Variable(0) for _ in range(600)]
    for at in range(1, len(variables)):
        Scale(variables[draw.randrange(at)], variables[at], draw.randrange(1, 4))
    for value in range(6):
        variables[0].value = value
        waiting = [variables[0]]
        reached = 0
        while waiting:
            for constraint in waiting.pop().constraints:
                constraint.satisfy()
                waiting.append(constraint.target)
                reached += 1
        assert reached == len(variables) - 1


def documents(draw):
    people = [
        {
            "name": "".join(draw.choices("abcdefgh", k=draw.randint(3, 12))),
            "age": draw.randrange(90),
            "scores": [draw.random() for _ in range(8)],
            "address": {"street": "street %d" % draw.randrange(1000), "tags": ["a", "b", None, True]},
        }
        for _ in range(150)
    ]
    text = json.dumps(people, indent=1)
    assert json.loads(text) == people
    assert copy.deepcopy(people) == people


def expressions(draw):
    lines = [
        "%d.%d.%d.%d - user%d [%02d:%02d] \"GET /page/%d?q=%s\" %d"
        % (*(draw.randrange(256) for _ in range(4)), draw.randrange(50), draw.randrange(24), draw.randrange(60),
           draw.randrange(1000), "".join(draw.choices("xyz", k=6)), draw.choice((200, 404, 500)))
        for _ in range(400)
    ]
    pattern = re.compile(r'^(\d+(?:\.\d+){3}) - (\w+) \[(\d\d):(\d\d)\] "(\w+) ([^"?]+)\?q=(\w+)" (\d{3})$')
    found = [pattern.match(line).groups() for line in lines]
    assert len(found) == len(lines)
    text = re.sub(r"(x+)(y*)", lambda match: match.group(2) + match.group(1).upper(), "\n".join(lines))
    assert text.count("\n") == len(lines) - 1
    assert len(re.split(r"[\s/?\"]+", text)) > len(lines)


def words(draw):
    text = ["".join(draw.choices("quarry", k=draw.randint(2, 9))) for _ in range(3000)]
    counts = defaultdict(int)
    places = {}
    for at, word in enumerate(text):
        counts[word] += 1
        places.setdefault(word[:2], []).append((at, word))
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert sum(count for _, count in ranked) == len(text)
    assert sum(map(len, places.values())) == len(text)
    merged = {word: {"count": count, "length": len(word)} for word, count in ranked}
    assert len(set(merged)) == len(counts)
    assert len(" ".join(text).title().split()) == len(text)


def tree(depth):
    return None if depth == 0 else (tree(depth - 1), depth, tree(depth - 1))


def walk(node):
    if node is not None:
        yield from walk(node[0])
        yield node[1]
        yield from walk(node[2])


def trees(draw):
    depth = 9 + draw.randrange(3)
    assert sum(1 for _ in walk(tree(depth))) == 2**depth - 1


def numbers(draw):
    rows = [[draw.randrange(1 << 70) for _ in range(12)] for _ in range(12)]
    product = [[sum(a * b for a, b in zip(row, column)) for column in zip(*rows)] for row in rows]
    assert sum(map(sum, product)) > 0
    sieve = set(range(2, 3000))
    for number in range(2, 55):
        sieve -= set(range(number * number, 3000, number))
    assert len(sieve) == 430


def main():
    draw = random.Random(1)
    for _ in range(int(sys.argv[1])):
        for part in (tasks, bodies, constraints, documents, expressions, words, trees, numbers):
            part(draw)


main()
