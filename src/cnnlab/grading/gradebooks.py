"""The marks as the platform takes them: the roster that it exported, with the points filled in.

What Canvas and Moodle read back must be letter by letter what they wrote, so no cell is changed here. Who has
handed nothing in gets an empty cell: what that is worth, the instructor says.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from cnnlab.grading.roster import Sheet

CANVAS = ("student", "id", "sis user id", "sis login id", "section")  # what tells Canvas who is who
GRADE = ("grade", "bewertung")  # Moodle's columns, in the languages that `roster` reads
MAXIMUM = ("maximum grade", "bestwertung")


class Points(NamedTuple):
    """What was earned."""

    title: str  # the name of the column in the gradebook
    out_of: float
    earned: Mapping[str, float]  # by student; who has handed nothing in is not there


def gradebooks(sheet: Sheet, points: Points) -> dict[str, str]:
    """The files to import, by name: one where the roster is a platform's, none where it is not."""
    if sheet.form not in TABLES:
        return {}
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(TABLES[sheet.form](sheet, points))
    return {f"{sheet.form.casefold()}.csv": file.getvalue()}


def canvas(sheet: Sheet, points: Points) -> list[list[str]]:
    """Canvas's own columns and a new one, which it asks about when it is imported."""
    kept = [at for at, name in enumerate(sheet.columns) if name.casefold() in CANVAS]
    rows = [[*(cell(row, at) for at in kept), earned(points, who)] for who, row in sheet.lines if who]
    possible = ["    Points Possible", *[""] * (len(kept) - 1), number(points.out_of)]
    return [[*(sheet.columns[at] for at in kept), points.title], possible, *rows]


def moodle(sheet: Sheet, points: Points) -> list[list[str]]:
    """The grading worksheet with its column for the grade filled in, out of the worksheet's maximum."""
    at, maximum = place(sheet, GRADE), place(sheet, MAXIMUM)
    rows = []
    for who, row in sheet.lines:
        cells = [cell(row, index) for index in range(len(sheet.columns))]
        if who in points.earned:
            cells[at] = scaled(points.earned[who], points.out_of, cells[maximum])
        rows.append(cells)
    return [sheet.columns, *rows]


def gradescope(sheet: Sheet, points: Points) -> list[list[str]]:
    """Who is who, and the points under the names that Gradescope's own table of grades has."""
    rows = [[*row, earned(points, who), number(points.out_of)] for who, row in sheet.lines if who]
    return [[*sheet.columns, "Total Score", "Max Points"], *rows]


TABLES: dict[str, Callable[[Sheet, Points], list[list[str]]]] = {
    "Canvas": canvas,
    "Moodle": moodle,
    "Gradescope": gradescope,
}


def place(sheet: Sheet, names: Sequence[str]) -> int:
    """Which column has one of the names; ValueError where none has."""
    for at, name in enumerate(sheet.columns):
        if name.casefold() in names:
            return at
    raise ValueError(f"the worksheet has no column {names[0]!r}; its columns are {sheet.columns}")


def cell(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def earned(points: Points, who: str) -> str:
    return number(points.earned[who]) if who in points.earned else ""


def scaled(value: float, out_of: float, maximum: str) -> str:
    """Points as Moodle counts them, which leaves out what is above its maximum; with its decimal comma."""
    with suppress(ValueError):
        most = float(maximum.replace(",", "."))
        text = number(value * most / out_of if out_of else value)
        return text.replace(".", ",") if "," in maximum else text
    return number(value)


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
