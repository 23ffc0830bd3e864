"""What an instructor and the students get: tables, a page for each student, and what the class found hard.

Every file is a function of the roster and the marks alone, and appears whole or not at all.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import combinations
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Indel

from cnnlab.exercises import EXERCISES
from cnnlab.exercises.shown import points_name
from cnnlab.grading.marking import FULL, Mark
from cnnlab.grading.run import Marked
from cnnlab.grading.submissions import Student

ALIKE = 0.95  # of their tokens in common, in the same order: submissions to look at side by side
SHORT = 80  # tokens: of less, honest answers are alike
NOTHING = "nothing handed in"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50em; margin: 2em auto; padding: 0 1em;
       color: #1c2230; background: #fff }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .4em .8em .4em 0;
          border-bottom: 1px solid #d5d9e2 }}
td.number {{ text-align: right; white-space: nowrap }}
</style></head><body><main><h1>{title}</h1>
{body}
</main></body></html>
"""


def write_all(
    folder: Path, students: Sequence[Student], marked: Sequence[Marked], exercises: Sequence[str]
) -> None:
    """Everything that `python -m cnnlab.grading` leaves in its folder beside the journal."""
    found = {each.student: each for each in marked}
    write(folder / "grades.csv", table(grades(students, found, exercises)))
    timings: list[Sequence[Any]] = [(each.student, each.seconds) for each in sorted(marked)]
    write(folder / "timings.csv", table([("student", "seconds"), *timings]))
    for student in students:
        marks = found[student.student].marks if student.student in found else absent(exercises)
        write(folder / "feedback" / f"{slug(student.student)}.html", feedback(student, marks))
        write(folder / "gradescope" / slug(student.student) / "results.json", gradescope(marks))
    write(folder / "summary.html", summary(students, found, exercises))


def write(path: Path, text: str) -> None:
    """The whole file, or the one that was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(text.encode(errors="backslashreplace"))
    os.replace(part, path)


def table(rows: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return file.getvalue()


def harmless(cell: Any) -> Any:
    """Text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def slug(student: str) -> str:
    """A file name for a student: readable, safe on every system, and nobody else's."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", student).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(student.encode(errors='surrogateescape')).hexdigest()[:8]}"


def absent(exercises: Sequence[str]) -> list[Mark]:
    return [Mark(name, 0, EXERCISES[name].points, NOTHING) for name in exercises]


def grades(
    students: Sequence[Student], found: dict[str, Marked], exercises: Sequence[str]
) -> Iterable[Sequence[Any]]:
    """A line for each student, by name: points, their sum, and the first thing that went wrong."""
    usual = (FULL, "not attempted")
    yield ["student", *exercises, "total", "maximum", "status", "message"]
    for student in students:
        marks = found[student.student].marks if student.student in found else absent(exercises)
        status = next((each.status for each in marks if each.status not in usual), FULL)
        if {each.status for each in marks} == {"not attempted"}:
            status = "not attempted"
        messages = [f"{each.exercise}: {each.status}" for each in marks if each.status not in usual]
        points = [each.points for each in marks]
        yield [
            student.student,
            *points,
            sum(points),
            sum(each.out_of for each in marks),
            status,
            "; ".join(messages),
        ]


def feedback(student: Student, marks: Sequence[Mark]) -> str:
    """What a student may know: what went wrong, not on which input, nor what was expected."""
    total = f"{sum(each.points for each in marks)} of {points_name(sum(each.out_of for each in marks))}"
    rows = "".join(
        f"<tr><th scope='row'><code>{escape(each.exercise)}</code></th><td>{escape(explained(each))}</td>"
        f"<td class='number'>{each.points} of {each.out_of}</td></tr>"
        for each in marks
    )
    return PAGE.format(title=f"{escape(student.student)}: {total}", body=f"<table>{rows}</table>")


def explained(mark: Mark) -> str:
    if mark.points:
        return "Right."
    words = mark.message or {"not attempted": "Not attempted.", NOTHING: "Nothing was handed in."}.get(
        mark.status, ""
    )
    return f"{mark.status.capitalize()}. {words}" if mark.message and mark.status != FULL else words


def gradescope(marks: Sequence[Mark]) -> str:
    """`results.json` as Gradescope's autograder reads it."""
    tests = [
        {"name": each.exercise, "score": each.points, "max_score": each.out_of, "output": explained(each)}
        for each in marks
    ]
    return json.dumps({"score": sum(each.points for each in marks), "tests": tests}, indent=2) + "\n"


def summary(students: Sequence[Student], found: dict[str, Marked], exercises: Sequence[str]) -> str:
    """What the class found hard, what it believed, and what to look at side by side."""
    rows, lists = "", ""
    for name in exercises:
        marks = [mark for each in found.values() for mark in each.marks if mark.exercise == name]
        tried = [mark for mark in marks if mark.status != "not attempted"]
        right = sum(mark.points > 0 for mark in marks)
        share = f"{100 * right / len(tried):.0f} %" if tried else "–"
        rows += f"<tr><th scope='row'><code>{name}</code></th><td class='number'>{len(tried)}</td>"
        rows += f"<td class='number'>{right}</td><td class='number'>{share}</td></tr>"
        caught = Counter(mark.misconception for mark in marks if mark.misconception)
        lists += "".join(
            f"<li><code>{name}</code>: {escape(which)}, {n} times</li>" for which, n in caught.most_common()
        )
    head = "".join(
        f"<th scope='col'>{word}</th>" for word in ("Exercise", "Tried", "Right", "Of those who tried")
    )
    body = f"<p>{len(found)} of {len(students)} handed in.</p><table><tr>{head}</tr>{rows}</table>"
    body += f"<h2>Misconceptions</h2><ul>{lists or '<li>None was recognized.</li>'}</ul>"
    body += f"<h2>Somebody else's draw</h2><ul>{borrowed(found.values())}</ul>"
    return PAGE.format(
        title="The class", body=body + f"<h2>Nearly the same</h2><ul>{pairs(found.values())}</ul>"
    )


def borrowed(marked: Iterable[Marked]) -> str:
    lines = [
        f"<li>{escape(each.student)}, <code>{mark.exercise}</code>: the task of {escape(mark.owner)}</li>"
        for each in marked for mark in each.marks if mark.owner
    ]  # fmt: skip
    return "".join(sorted(lines)) or "<li>Nobody.</li>"


def pairs(marked: Iterable[Marked]) -> str:
    """Submissions whose answers have nearly the same tokens; all names are one, so renaming hides nothing."""
    texts = [(each.student, tokens(each.answers)) for each in sorted(marked)]
    texts = [(student, text) for student, text in texts if len(text) >= SHORT]
    lines = [
        f"<li>{escape(one)} and {escape(other)}: {100 * alike:.0f} % of their tokens</li>"
        for (one, first), (other, second) in combinations(texts, 2)
        if (alike := Indel.normalized_similarity(first, second, score_cutoff=ALIKE))
    ]
    return "".join(lines) or "<li>No two.</li>"


def tokens(text: str) -> list[str]:
    kinds = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    found = tokenize.generate_tokens(io.StringIO(text).readline)
    return [
        "name" if token.string.isidentifier() else token.string for token in found if token.type not in kinds
    ]
