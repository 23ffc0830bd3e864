"""What an instructor and the students get: tables, and a page for each student.

Every file is a function of the roster and the marks alone, and appears whole or not at all.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from cnnlab.exercises import EXERCISES
from cnnlab.exercises.core import DrawnExercise
from cnnlab.exercises.shown import points_name
from cnnlab.grading.draws import owned
from cnnlab.grading.journal import naming
from cnnlab.grading.marking import Mark, Marked
from cnnlab.grading.outcome import FULL
from cnnlab.grading.page import PAGE, slug
from cnnlab.grading.submissions import Student
from cnnlab.grading.summary import NOTHING, USUAL, explained, summary


def write_all(
    folder: Path, students: Sequence[Student], marked: Sequence[Marked], exercises: Sequence[str]
) -> list[Marked]:
    """Everything that `python -m cnnlab.grading` leaves in its folder beside the journal; the marks in it."""
    marked = owned(marked, students)
    found = {each.student: each for each in marked}
    write(folder / "grades.csv", table(grades(students, found, exercises)))
    timings: list[Sequence[Any]] = [(each.student, each.seconds) for each in sorted(marked)]
    write(folder / "timings.csv", table([("student", "seconds"), *timings]))
    for student in students:
        marks = found[student.student].marks if student.student in found else absent(exercises)
        write(folder / "feedback" / f"{slug(student.student)}.html", feedback(student, marks))
        write(folder / "gradescope" / slug(student.student) / "results.json", gradescope(marks))
    write(folder / "summary.html", summary(students, found, exercises))
    return marked


def write(path: Path, text: str) -> None:
    """The whole file, or the one that was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with naming(path):
        part.write_bytes(text.encode(errors="backslashreplace"))
        os.replace(part, path)


def table(rows: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return file.getvalue()


def harmless(cell: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def absent(exercises: Sequence[str]) -> list[Mark]:
    return [Mark(name, 0, EXERCISES[name].points, NOTHING) for name in exercises]


def grades(
    students: Sequence[Student], found: dict[str, Marked], exercises: Sequence[str]
) -> Iterable[Sequence[Any]]:
    """A line for each student, by name: points, their sum, and what was not as usual."""
    yield ["student", *exercises, "total", "maximum", "status", "message"]
    for student in students:
        marks = found[student.student].marks if student.student in found else absent(exercises)
        points, out_of = [each.points for each in marks], sum(each.out_of for each in marks)
        unusual = [each for each in marks if each.status not in USUAL]
        status = unusual[0].status if unusual else FULL
        if {each.status for each in marks} == {"not attempted"}:
            status = "not attempted"
        message = "; ".join(f"{each.exercise}: {each.status}" for each in unusual)
        message = the_same(unusual) if len(unusual) == len(marks) and the_same(unusual) else message
        yield [student.student, *points, sum(points), out_of, status, message]


def the_same(marks: Sequence[Mark]) -> str:
    """What is said of all exercises at once, as of a file that cannot be read; empty where they differ."""
    said = {explained(each) for each in marks}
    return said.pop() if len(said) == 1 and not any(each.points for each in marks) else ""


def feedback(student: Student, marks: Sequence[Mark]) -> str:
    """What a student may know: what went wrong, not on which input, nor what was expected."""
    total = f"{sum(each.points for each in marks)} of {points_name(sum(each.out_of for each in marks))}"
    body = f"<p>{escape(the_same(marks))}</p>" if the_same(marks) else ""
    for each in marks if not body else ():
        head = f"<code>{escape(each.exercise)}</code><span>{each.points} of {each.out_of}</span>"
        body += f"<section><h2 class='exercise'>{head}</h2><p>{escape(explained(each))}</p></section>\n"
    if any(isinstance(EXERCISES[each.exercise], DrawnExercise) for each in marks):
        body += f"<p>Your own tasks were drawn for the name <strong>{escape(student.reader)}</strong>.</p>"
    return PAGE.format(title=f"{escape(student.student)}: {total}", body=body)


def gradescope(marks: Sequence[Mark]) -> str:
    """`results.json` as Gradescope's autograder reads it."""
    tests = [
        {
            "name": each.exercise, "score": each.points, "max_score": each.out_of,
            "output": explained(each), "visibility": "visible",
        }
        for each in marks
    ]  # fmt: skip
    return json.dumps({"score": sum(each.points for each in marks), "tests": tests}, indent=2) + "\n"
