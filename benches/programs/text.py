"""text.py MEBIBYTES: writes text for xz to work on, to standard output; the same for the same number.

Words of a made-up language: few are frequent, many rare, and sentences come again in part, so that it packs about as
real text does.
"""
import random
import sys
from itertools import accumulate


def main():
    draw = random.Random(1)
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "il")]
    words = ["".join(draw.choices(syllables, k=draw.randint(1, 4))) for _ in range(20000)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))
    left = int(sys.argv[1]) << 20
    sentences = []
    while left > 0:
        if len(sentences) > 100 and draw.random() < 0.2:
            sentence = draw.choice(sentences)
        else:
            sentence = " ".join(draw.choices(words, cum_weights=weights, k=draw.randint(4, 18))).capitalize() + ".\n"
            sentences.append(sentence)
        left -= sys.stdout.write(sentence[:left])


main()
