"""What papers and lectures print, and how each number is recomputed: the ledger.

`sources/` has a file for each source: its head says what that is, and a row stands for each number that it
prints. `notes.csv` has the notes that several rows share. A row says in an expression how its number is
computed (`language` reads it): `params(alexnet, fc6)`. The verdict on a row is one of these, and `why_not`
says where it does not hold:

- agrees: ours, in the unit of the row, rounds to the printed digits.
- explained: it does not, but the second expression does, by another convention.
- slip: likewise, by a wrong step, one of `SLIPS`; the first expression is the right value.
- reported: what cannot be recomputed here: an accuracy, a time, or the cost of a network that its paper does
  not define, of which the note says what it leaves open, or of a network that stands in a table beside ours
  and is not built.
- unresolved: computed, different, and nobody knows why.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NamedTuple

from cnnlab.published.conventions import UNITS
from cnnlab.published.language import (
    COMPUTATIONS,
    SLIPS,
    Number,
    compute,
    names,
    nearest,
    parse,
    render,
)

__all__ = [
    "COMPUTATIONS", "NOTES", "REPORTED", "SLIPS", "SOURCES", "UNBUILT", "UNDEFINED", "UNITS", "VERDICTS",
    "WORDS", "Number", "Row", "Source", "Wording", "compute", "number", "rounds_to", "rows", "why_not",
]  # fmt: skip

for _module in walk_packages(__path__, f"{__name__}."):
    import_module(_module.name)  # each puts its computations among COMPUTATIONS

FOLDER = Path(__file__).parent
HEAD = "# "  # begins a line that is no row
VERDICTS = ("agrees", "explained", "slip", "reported", "unresolved")
UNDEFINED = (  # costs that a row may report
    "MACs, widths not told", "parameters, widths not told",
    "MACs, details not told", "parameters, details not told",
)  # fmt: skip
UNBUILT = ("MACs, network not built", "parameters, network not built")  # others' rows in a table of ours
REPORTED = {  # what a row may print without a computation
    "top-1 error", "top-5 error", "top-1 accuracy", "top-5 accuracy", "segmentation error",
    "average precision", "mean average precision", "average recall", "intersection over union",
    "latency", "batches per second", "images per second", "compressed size", *UNDEFINED, *UNBUILT,
    "images", "categories",  # of a data set
    "top-1 error, validation", "top-5 error, validation", "top-5 error, test", "top-1 error, higher by",
    "localization error, validation", "localization error, test", "mean class recall",
    "improvement over the second", "images located", "verification accuracy",
    "share of the weights kept", "bits a weight", "bits a weight, Huffman", "bits a gap",
    "bits a gap, Huffman", "share of the size", "share of the size, Huffman",  # what compression leaves
    "times faster, simulated", "times less energy, simulated",
    "test errors", "frame accuracy", "word error rate",  # of digits, of speech
}  # fmt: skip


class Source(NamedTuple):
    """A paper or a lecture: the name of a file in `sources/`, and what the head of that file says."""

    key: str
    title: str  # the part before the first comma is what the ledger calls it
    where: str  # it can be read, or who gave it where

    @property
    def path(self) -> Path:
        return FOLDER / "sources" / f"{self.key}.csv"

    @property
    def cite(self) -> str:
        """Its entry in the book's bibliography; lectures have none."""
        return "" if self.key.startswith("lecture-") else self.key.removeprefix("paper-")


class Row(NamedTuple):
    """A printed number: its source, then the columns of that source's file."""

    source: str
    place: str
    subject: str
    quantity: str
    value: str  # as it is printed, without its unit
    unit: str
    expression: str
    verdict: str
    other: str  # the second expression
    note: str  # a sentence; the file may have a key of notes.csv instead

    @property
    def words(self) -> list[str]:
        """What `compute` takes: a computation and its arguments; nothing where nothing is computed."""
        if not self.expression:
            return []
        call = parse(self.expression)
        commas = set(call.signs) <= {","}
        return [call.name, *map(render, call.arguments)] if commas else [self.expression]


def lines(path: Path) -> Iterator[dict[str, str]]:
    """The lines of a table below its head, by its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith(HEAD))


def sources(folder: Path) -> dict[str, Source]:
    """The sources by key, lectures first, then papers by year; ValueError for a file without a head."""
    found = {}
    for path in sorted(folder.glob("*.csv"), key=lambda path: (re.sub(r"\D", "", path.stem), path.stem)):
        text = path.read_text(encoding="utf-8").splitlines()
        head = dict(line.removeprefix(HEAD).split(": ", 1) for line in text if line.startswith(HEAD))
        if head.keys() != {"title", "where"}:
            raise ValueError(f"{path.name} begins with two lines, `{HEAD}title: …` and `{HEAD}where: …`")
        found[path.stem] = Source(path.stem, **head)
    return found


class Wording(NamedTuple):
    """A sentence, a formula or an order that a source has wrong; a line of words.csv."""

    source: str
    place: str
    printed: str
    right: str
    why: str  # how one sees it; tests/test_words.py has those that a program can see


SOURCES = sources(FOLDER / "sources")
NOTES = {line["key"]: line["note"] for line in lines(FOLDER / "notes.csv")}
WORDS = tuple(Wording(**line) for line in lines(FOLDER / "words.csv"))


@cache
def rows() -> tuple[Row, ...]:
    """Every row of the ledger, by source and place."""
    return tuple(Row(key, **told(line)) for key, source in SOURCES.items() for line in lines(source.path))


def told(line: dict[str, str]) -> dict[str, str]:
    """A line with the note that its key stands for; ValueError for a key of no note."""
    if not re.fullmatch(r"[a-z0-9-]+", line["note"]):
        return line
    if line["note"] not in NOTES:
        raise ValueError(f"notes.csv has no note {line['note']!r}, which {line['subject']!r} has")
    return line | {"note": NOTES[line["note"]]}


PRINTED = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?|[\d*+() -]*\*[\d*+() -]*")


def number(value: str) -> tuple[Fraction, int]:
    """A printed number and how many decimals it shows; a sum of products is worked out.

    ValueError for what is none: its unit has a column of its own.

    >>> number("37,725,832")
    (Fraction(37725832, 1), 0)
    >>> number("3*1 + 2*(-1)")
    (Fraction(1, 1), 0)
    """
    if not PRINTED.fullmatch(value):
        raise ValueError(
            f"{value!r} is no number as it is printed, 1,234.5, with its unit in the column `unit`"
        )
    if "*" in value:
        pairs = re.findall(r"(-?\d+)\*\(?(-?\d+)\)?", value)
        return Fraction(sum(int(a) * int(b) for a, b in pairs)), 0
    digits = value.replace(",", "")
    return Fraction(digits), len(digits.partition(".")[2])


def rounds_to(ours: Number, row: Row) -> bool:
    """Whether a number, brought into the row's unit, rounds to its digits; a half may go either way."""
    printed, decimals = number(row.value)
    return abs(Fraction(ours) / Fraction(UNITS[row.unit]) - printed) <= Fraction(1, 2 * 10**decimals)


def why_not(row: Row) -> str | None:
    """Why the verdict on a row does not hold, in a sentence, or None."""
    told = ("source", row.source, SOURCES), ("unit", row.unit, UNITS), ("verdict", row.verdict, VERDICTS)
    for what, given, known in told:
        if given not in known:
            return f"the {what} {given!r} is unknown; those that are known: {', '.join(map(repr, known))}"
    try:
        return why_not_reported(row) if row.verdict == "reported" else why_not_computed(row)
    except Exception as error:  # of any computation: beside the row it says more than a traceback
        return str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"


def why_not_computed(row: Row) -> str | None:
    """Why a number, computed again, does not deserve the verdict, or None; raises what computing raises."""
    if not row.expression:
        return "no expression says how it is computed"
    if wrong := SLIPS & names(parse(row.expression)):
        return f"the first expression is the right value: the wrong step {min(wrong)} belongs into the second"
    ours = compute(row.expression)
    agrees = rounds_to(ours, row)
    if agrees != (row.verdict == "agrees"):
        rounds = "rounds" if agrees else "does not round"
        return f"ours is {ours}, which {rounds} to {row.value}, and the row is {row.verdict!r}"
    if bool(row.other) != (row.verdict in ("explained", "slip")):
        return f"a row that is {row.verdict!r} has {'no' if row.other else 'a'} second expression"
    return why_not_otherwise(row) if row.other else None


def why_not_reported(row: Row) -> str | None:
    """Why a number is not one that only its source can know, or None."""
    if row.expression:
        return f"{row.expression} computes it, so it is not merely reported"
    if row.quantity not in REPORTED:
        asked = nearest(row.quantity, REPORTED)
        return f"{row.quantity!r} is not among `REPORTED`, which lists what nobody can compute{asked}"
    told = row.note or row.quantity not in (*UNDEFINED, *UNBUILT)
    return None if told else "its note does not say what the source leaves open"


def why_not_otherwise(row: Row) -> str | None:
    """Why the second expression does not account for the printed digits, or None."""
    other = compute(row.other)
    if not rounds_to(other, row):
        return f"the second expression gives {other}, which does not round to {row.value}"
    if bool(SLIPS & names(parse(row.other))) != (row.verdict == "slip"):
        return f"{row.other} is {'a' if row.verdict == 'explained' else 'no'} wrong step"
    return None if row.note else "its note does not put the second expression into words"
