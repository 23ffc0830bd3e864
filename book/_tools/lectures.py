"""The numbers of a lecture that no row of the ledger has: python -m book._tools.lectures lecture-004 FILE

FILE is the lecture's text. A number of two digits or more is *covered* if a row of that source prints it;
those of a table's line (cells parted by tabs) if rows of one place print them all. Other numbers have a
reason: what can be seen from the text around a number stands in `KINDS`; what is of one lecture is a line of
`book/_data/uncovered.csv`, which says what it excuses. What has neither is printed, and the exit code is 1,
as it is where a line of that list excuses nothing any more.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from cnnlab.published import SOURCES, rows

LISTED = Path(__file__).parents[1] / "_data" / "uncovered.csv"
NUMBER = re.compile(r"(?<![\w.])\d(?:[\d,]*\d)?(?:\.\d+)?(?!\d)")
TIMES = r"\s*(?:[x×*]|\\times)\s*"
NAMES = "VGG|FC|GTX|ECE|SSD|Snapdragon|Pixel|Table|Figure|Titan|step"
KINDS = {  # what a number stands in → why no row has it
    r"\[[^\[\]]*\d[^\[\]]*\]": "a reference, an interval, or a shape in brackets",
    r"(?:19\d\d|20[0-2]\d)(?![\d.])(?:-\d\d-\d\d [\d:.]+|[ab])?|\d+/\d+/20\d\d|'\d\d\b": "a date",
    r"https?://\S+|arXiv:\d+\.\d+": "an address",
    rf"\d[\d,.]*{TIMES}\d[\d,.]*(?:{TIMES}\w+)*|\)\s*\*\s*\d+": "a shape, or factors of a product",
    r"[A-Za-z]\w*-(?:v\d )?\d[\d/.-]*[a-zA-Z]?(?:/\d+)?\b": "part of a name, or a layer's width",
    rf"\b(?:{NAMES}) \d+(?:[ /-]\d+)*": "part of a name",
    r"(?:\b\d+ and )?\(?\b\d+\)?[ -](?:weight )?[lL]ayers?\b": "a depth, which is part of a name",
    rf"\b\d*\.?\d+[x×]?(?= MobileNet)|\d*\.\d+(?:[x×]|{TIMES})": "a width multiplier, part of a name",
    r"\d+[\s-]*bits?\b": "the bits of a number",
    r"^[A-Z]\w+ \(\d\.\d\)|^V\d(?:-\w+)? \d\.\d+": "a width multiplier in a table's first cell",
    r"(?:\]\$?|matrix\}|array\}\\right\]|array\} \\right\]) ?\\times ?\d+": "the blocks of a stage",
    r"\w+\(.*\)": "an argument in a listing",
    r"^(?:conv|pool|max-pool|avg-pool|flatten|fc)\d*(?:\t[\d,]*){1,8}": "a layer's settings and its output",
    r"\d×\d conv, \d+|\d\s*(?:[x×]|\\times)\s*\d, ?\d+": "a layer: its kernel and its channels",
    r"^(?:FC|fc)\t.*|1000-?[dD]\b": "the classes of ImageNet",
    r"\d+em\b": "a length of the typesetting",
}  # fmt: skip


class Found(NamedTuple):
    """A number as it is printed, and where."""

    line: int
    number: str
    text: str  # the line

    def __str__(self) -> str:
        return f"{self.line}: {self.number} in {self.text.strip()!r}"


def numbers(text: str, reasons: Iterable[str]) -> Iterator[Found]:
    """All numbers of two digits or more that stand in nothing that a reason matches."""
    for line, words in enumerate(text.splitlines(), 1):
        excused = [match.span() for reason in reasons for match in re.finditer(reason, words)]
        for match in NUMBER.finditer(words):
            within = any(start <= match.start() and match.end() <= end for start, end in excused)
            if not within and len(match[0]) > 1:
                yield Found(line, match[0], words)


def plain(number: str) -> str:
    """A number without what does not change it: commas, and zeros behind its point."""
    digits = number.replace(",", "")
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def places(source: str) -> dict[str, set[str]]:
    """The numbers that the rows of a source print, by place."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows():
        if row.source == source:
            found[row.place].add(plain(row.value))
    return found


def listed(source: str) -> dict[str, str]:
    """What is excused in this source alone, as a regular expression, and why."""
    with LISTED.open(newline="", encoding="utf-8") as file:
        return {line["text"]: line["reason"] for line in csv.DictReader(file) if line["source"] == source}


def uncovered(text: str, printed: Mapping[str, set[str]], reasons: Iterable[str]) -> list[Found]:
    """The numbers of a text that have neither a row nor a reason."""
    left: list[Found] = []
    for _, group in groupby(numbers(text, reasons), key=attrgetter("line")):
        line = list(group)
        several = printed.values() if "\t" in line[0].text else [set().union(*printed.values())]
        misses = [[each for each in line if plain(each.number) not in one] for one in several]
        best = min(misses, key=len)
        left += best
    return left


def idle(text: str, reasons: Iterable[str]) -> list[str]:
    """The reasons that excuse no number of this text."""
    return [reason for reason in reasons if not any(re.search(reason, line) for line in text.splitlines())]


def main(source: str, path: str) -> int:
    printed, own = places(source), listed(source)
    if not printed:
        print(f"{source!r} is no source of the ledger; these are: {', '.join(sorted(SOURCES))}")
        return 2
    text = Path(path).read_text(encoding="utf-8")
    left, unused = uncovered(text, printed, [*KINDS, *own]), idle(text, own)
    print(*left, *(f"excuses nothing: {each}" for each in unused), sep="\n")
    print(
        f"{source}: {len(left)} numbers without a row and a reason, {len(unused)} reasons that excuse nothing"
    )
    return 1 if left or unused else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: python -m book._tools.lectures SOURCE FILE, not {len(sys.argv) - 1} arguments")
    sys.exit(main(*sys.argv[1:]))
