# What a script does: strings, dicts, lists of objects, text in and out. PYTHONMALLOC=malloc sends all of it to the
# allocator.
import json
import random
import re
import sys

work = int(sys.argv[1])
draw = random.Random(1)


class Word:
    def __init__(self, text, count):
        self.text = text
        self.count = count


for turn in range(work):
    words = ["".join(draw.choices("quarry", k=draw.randint(3, 12))) for _ in range(3000)]
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    objects = sorted((Word(text, count) for text, count in counts.items()), key=lambda word: (-word.count, word.text))
    text = json.dumps({word.text: {"count": word.count, "seen": [turn, len(word.text)]} for word in objects})
    again = json.loads(text)
    assert sum(entry["count"] for entry in again.values()) == len(words)
    assert len(re.findall(r"\"count\"", text)) == len(objects)
