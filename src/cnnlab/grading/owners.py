"""Whose file is whose, by the roster's names and patterns.

Nothing here compares all students with all files: names are looked up by their beginnings, patterns by three
letters of theirs.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cnnlab.grading.names import bare, is_archive, is_notebook, spelled, version, wrapper
from cnnlab.grading.platforms import stamp
from cnnlab.grading.roster import Student

WILD = re.compile(r"\*|\?|\[[^\]]+\]")  # what stands for other letters in a pattern
DEEPEST = 64  # folders in which a name is looked for
GRAM = 3  # letters by which patterns are looked up


class Clues(NamedTuple):
    """What a hand-out tells of its files beside their names."""

    dates: Mapping[str, int] = {}  # of an archive's files, the later, the larger
    folders: Mapping[str, list[str]] = {}  # of each address, as Gradescope lists them


NO_CLUES = Clues()


class Claim(NamedTuple):
    """Why a file would be a student's; of several claims to it the smallest holds."""

    depth: int  # 0 where it begins at the top, 1 further in
    position: int  # of the match: a platform writes first, what a student called the file comes later
    letters: float  # of the match, negative: `Adam*` says more than `Ada*`, a name in full half a letter more
    entry: str


class Names:
    """The names of all files, to be looked up."""

    def __init__(self, names: Sequence[str], patterns: Sequence[str]) -> None:
        self.spelled = {name: spelled(name) for name in names}
        self.root = len(wrapper(self.spelled.values()))
        self.tails = sorted(
            (text[start:], start, name) for name, text in self.spelled.items() for start in starts(text)
        )
        wanted = {gram for entry in patterns for gram in grams(longest(entry))}
        self.holding: dict[str, list[str]] = {gram: [] for gram in wanted}
        for name, text in self.spelled.items():
            for size in {len(gram) for gram in wanted}:
                for gram in grams(text, size) & wanted:
                    self.holding[gram].append(name)

    def beginning(self, text: str) -> Iterator[tuple[str, int, str]]:
        """The rest of a name from where a folder or file begins like this, its place, and the name."""
        at = bisect_left(self.tails, (text,))
        while at < len(self.tails) and self.tails[at][0].startswith(text):
            yield self.tails[at]
            at += 1

    def claims(self, entry: str) -> Iterator[tuple[str, Claim]]:
        """Every file that an entry of the roster may mean."""
        plain, begins = entry.rstrip("/"), entry.removesuffix("*")
        exact = itertools.takewhile(lambda found: found[0] == plain, self.beginning(plain))
        for _, start, name in (*exact, *self.beginning(plain + "/")):
            yield name, self.claim(start, len(plain) + 0.5, entry)
        for tail, start, name in self.beginning(bare(plain) + "."):
            likely = is_notebook(tail) or is_archive(tail)
            if likely and bare(tail) == bare(plain):  # ada.zip where the roster says ada.ipynb
                yield name, self.claim(start, len(bare(plain)) - 0.5, entry)
        if is_pattern(entry):
            yield from self.like(entry)
        elif begins != entry:
            for _, start, name in self.beginning(begins):
                yield name, self.claim(start, len(begins), entry)

    def claim(self, start: int, letters: float, entry: str) -> Claim:
        return Claim(int(start not in (0, self.root)), max(0, start - self.root), -letters, entry)

    def like(self, entry: str) -> Iterator[tuple[str, Claim]]:
        """The files whose names are like a pattern, seen from inside the folder round everything."""
        pieces = [piece for piece in WILD.split(entry) if piece]
        piece, matches = longest(entry), re.compile(fnmatch.translate(entry)).match
        for name in min((self.holding[gram] for gram in grams(piece)), key=len):
            text = self.spelled[name]
            for depth, seen in enumerate((text[self.root :], text)):
                if piece in seen and matches(seen):
                    position = seen.find(pieces[0]) if pieces else 0
                    yield name, Claim(depth, position, -sum(map(len, pieces)), entry)
                    break


def starts(name: str) -> list[int]:
    """Where the name and each folder and file in it begin."""
    return [0, *(match.end() for match in re.finditer("/", name))][:DEEPEST]


def is_pattern(entry: str) -> bool:
    """Whether there is a `*` elsewhere than at the end, or another sign of a pattern."""
    return WILD.search(entry.removesuffix("*")) is not None


def longest(entry: str) -> str:
    """The longest piece of a pattern that stands for itself."""
    return max(WILD.split(entry), key=len)


def grams(text: str, size: int = GRAM) -> set[str]:
    """What a text may be looked up by: so many letters in a row, or all that there are."""
    size = min(size, len(text))
    return {text[at : at + size] for at in range(len(text) + 1 - size)}


def entries_of(student: Student) -> list[str]:
    """What the roster says of a student's file, in one spelling."""
    return [spelled(entry) for entry in dict.fromkeys([student.file, *student.file.split("|")]) if entry]


def handed_in(
    students: Sequence[Student], names: Sequence[str], clues: Clues = NO_CLUES
) -> dict[str, list[str]]:
    """The files of each student who has handed something in, the newest version of a notebook last.

    A file belongs to all whose lines in the roster say the same of it.
    """
    entries = {entry for student in students for entry in entries_of(student)}
    index = Names(names, list(filter(is_pattern, entries)))
    claims = {student.student: claimed(index, student, clues) for student in students}
    best = strongest(claims)
    return {
        who: sorted(own, key=lambda name: order(name, clues.dates.get(name, 0)))
        for who, wanted in claims.items()
        if (own := [name for name, claim in wanted.items() if claim[:3] == best[name][:3]])
    }


def strongest(claims: Mapping[str, Mapping[str, Claim]]) -> dict[str, Claim]:
    """The claim that holds to each file; ValueError where two that differ hold equally."""
    best: dict[str, tuple[Claim, str]] = {}
    for who, wanted in claims.items():
        for name, claim in wanted.items():
            best[name] = min((claim, who), best.get(name, (claim, who)))
    for who, wanted in claims.items():
        for name, claim in wanted.items():
            first, owner = best[name]
            if first[:3] == claim[:3] and first.entry != claim.entry:
                raise ValueError(
                    f"the roster gives {name!r} to two students: "
                    f"{who} by {claim.entry!r}, {owner} by {first.entry!r}"
                )
    return {name: claim for name, (claim, _) in best.items()}


def claimed(index: Names, student: Student, clues: Clues) -> dict[str, Claim]:
    """The files that may be a student's: those further in only where there are none at the top."""
    found: dict[str, Claim] = {}
    for entry in entries_of(student):
        folders = clues.folders.get(entry.casefold(), [])
        for listed in [entry, *folders]:
            for name, claim in index.claims(listed):
                found[name] = min(claim, found.get(name, claim))
    top = min((claim.depth for claim in found.values()), default=0)
    return {name: claim for name, claim in found.items() if claim.depth == top}


def order(name: str, date: int) -> tuple[Any, ...]:
    """Orders a student's files by kind, then by the platform's time, then by the number of the version."""
    is_book, is_zip, parts = version(name)
    return is_book, is_zip, stamp(name, date), parts


def missing(students: Sequence[Student], found: Mapping[str, list[str]], names: Sequence[str]) -> list[str]:
    """For each student of whom nothing was found, where it was looked for."""
    notebooks, archives = sum(map(is_notebook, names)), sum(map(is_archive, names))
    among = f"among {len(names)} files (notebooks: {notebooks}, archives: {archives})"
    return [
        f"{each.student}: "
        + (f"nothing fits {each.file!r} {among}" if each.file else "the roster names no file")
        for each in students
        if each.student not in found
    ]


def strangers(found: Mapping[str, list[str]], names: Sequence[str]) -> list[str]:
    """The notebooks and archives that are nobody's."""
    owned = {name for own in found.values() for name in own}
    return [name for name in names if (is_notebook(name) or is_archive(name)) and name not in owned]


def shared(found: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The files that several students have handed in together, with their names."""
    owners: dict[str, list[str]] = {}
    for who, own in found.items():
        for name in own:
            owners.setdefault(name, []).append(who)
    return {name: who for name, who in owners.items() if len(who) > 1}
