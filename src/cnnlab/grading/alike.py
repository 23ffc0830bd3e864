"""Which submissions are nearly the same: a class is compared in the time that it takes to read it.

Each is reduced to the smallest values of many hash functions over its runs of tokens (MinHash): two texts
agree in as many of them as they share of their runs. Whoever agrees in all of one band is looked at in full.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from cnnlab.exercises import EXERCISES

ALIKE = 0.95  # of their tokens in common, in the same order: submissions to look at side by side
SHORT = 80  # tokens: of less, honest answers are alike
COMMON = 0.8  # of a class that has a line: it is nobody's own
FEW = 3  # students of whom no line is common
RUN = 5  # tokens
BANDS, ROWS = 50, 4  # 96 of 100 pairs are found that share half of their runs, all that share three quarters
NEIGHBOURS = 8  # in a band: of a large group of copies not all pairs are looked at
NEAR = 0.3  # of the smallest values: less is no copy
ODD = np.random.default_rng(0).integers(0, 2**63, BANDS * ROWS, np.uint64) * np.uint64(2) + np.uint64(1)
WEIGHTS = np.uint64(0x9E3779B97F4A7C15) ** np.arange(RUN, dtype=np.uint64)

# What Python's own tokenizer would tell apart, which a text can crash. Names are all one, so that renaming
# hides nothing; imports, and the book's own calls, are everybody's.
TOKEN = re.compile(
    r"""(?P<blank>[^\S\n]+|\\\n|\#[^\n]*)|(?P<end>\n)|(?P<name>[^\W\d]\w*)|\d[\w.]*"""
    r"""|\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\*\*|//|[-+*/<>=!]=|.""",
    re.DOTALL,
)
USUAL = re.compile(
    r"^[^\S\n]*(?:(?:import|from|check|draw|progress|solution|READER)\b|raise NotImpl|[%!])[^\n]*\n?",
    re.MULTILINE,
)
LETTERS = 94  # that are printed


class Pair(NamedTuple):
    """Two students and how much of their tokens is the same."""

    likeness: float
    one: str
    other: str


def tokens(text: str) -> str:
    """A letter for each token, in lines."""
    return written(USUAL.sub("", text))


def written(text: str) -> str:
    found = TOKEN.finditer(text)
    letters = "".join(letter(match) for match in found if match.lastgroup != "blank")
    return "\n".join(filter(None, letters.split("\n")))


def letter(match: re.Match[str]) -> str:
    if match.lastgroup == "end":
        return "\n"
    kind = match.lastgroup or match[0]
    return chr(ord("!") + zlib.crc32(kind.encode(errors="replace")) % LETTERS)


def own(texts: Mapping[str, str]) -> dict[str, str]:
    """What each has written that is neither everybody's nor a solution which the book shows."""
    count = Counter(line for text in texts.values() for line in {*text.split("\n")})
    most = max(FEW, COMMON * len(texts))
    return {
        student: "".join(line for line in without_solutions(text).split("\n") if count[line] <= most)
        for student, text in texts.items()
    }


@cache
def solutions() -> list[str]:
    return [f"\n{tokens(each.solution())}\n" for each in EXERCISES.values()]


def without_solutions(text: str) -> str:
    text = f"\n{text}\n"
    for solution in solutions():
        text = text.replace(solution, "\n")
    return text


def pairs(texts: Mapping[str, str]) -> list[Pair]:
    """The students whose answers have nearly the same tokens, the most alike first."""
    from rapidfuzz.distance import Indel

    long = {student: text for student, text in sorted(own(texts).items()) if len(text) >= SHORT}
    names = list(long)
    found = []
    for i, j in sorted(candidates([*long.values()])):
        one, other = names[i], names[j]
        if likeness := Indel.normalized_similarity(long[one], long[other], score_cutoff=ALIKE):
            found.append(Pair(likeness, one, other))
    return sorted(found, key=lambda pair: (-pair.likeness, pair.one, pair.other))


def candidates(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Pairs of texts, by their places, that seem to have much in common."""
    if not texts:
        return set()
    smallest = np.stack([minima(text) for text in texts])
    found = set()
    for start in range(0, BANDS * ROWS, ROWS):
        keys = smallest[:, start : start + ROWS].copy().view(np.dtype((np.void, 4 * ROWS))).ravel()
        found |= {
            (min(i, j), max(i, j)) for i, j in neighbours(keys) if np.mean(smallest[i] == smallest[j]) >= NEAR
        }
    return found


def neighbours(keys: np.ndarray) -> Iterator[tuple[int, int]]:
    """Places that have the same key, each with the next few."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    for step in range(1, NEIGHBOURS + 1):
        same = np.flatnonzero(ordered[:-step] == ordered[step:])
        yield from zip(order[same].tolist(), order[same + step].tolist(), strict=True)


def minima(text: str) -> np.ndarray:
    """The smallest value of each hash function over the runs of tokens: [BANDS · ROWS]."""
    codes = np.frombuffer(text.encode(), np.uint8).astype(np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(codes, RUN) @ WEIGHTS
    hashed = (np.unique(runs)[:, None] * ODD) >> np.uint64(32)
    return hashed.min(0).astype(np.uint32)  # type: ignore[no-any-return]
