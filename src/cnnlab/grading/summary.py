"""The class on one page, for its instructor: what it found hard, what it believed, what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from statistics import mean, median

from cnnlab.exercises import EXERCISES
from cnnlab.grading.alike import pairs
from cnnlab.grading.marking import Mark, Marked
from cnnlab.grading.outcome import FULL
from cnnlab.grading.page import PAGE, slug
from cnnlab.grading.submissions import Student

NOTHING = "nothing handed in"
USUAL = (FULL, "not attempted")
UNTRIED = ("not attempted", "unreadable file")
BINS = 10  # of the totals, at most
LISTED = 100  # pairs


def summary(students: Sequence[Student], found: Mapping[str, Marked], exercises: Sequence[str]) -> str:
    marks = [mark for each in found.values() for mark in each.marks]
    readers = {student.reader: student.student for student in students}
    parts = {
        "Exercises": items(marks, exercises),
        "Misconceptions": misconceptions(marks),
        "Passed in the notebook, and not here": listed(
            f"{page_of(student)}: {escape(said)}" for student, said in claims(sorted(found.values()))
        ),
        "What stopped": listed(stopped(found.values())),
        "Somebody else's draw": listed(borrowed(found.values(), readers)),
        "Nearly the same": listed(alike(found.values())),
        "Nothing handed in": listed(escape(each.student) for each in students if each.student not in found),
    }
    body = f"<p>{len(found)} of {len(students)} students have handed in.</p>" + totals(found.values())
    body += "".join(f"<h2>{title}</h2>\n{part}\n" for title, part in parts.items())
    return PAGE.format(title="The class", body=body)


def explained(mark: Mark) -> str:
    if mark.points:
        return "Right."
    words = mark.message or {"not attempted": "Not attempted.", NOTHING: "Nothing was handed in."}.get(
        mark.status, ""
    )
    return f"{mark.status.capitalize()}. {words}" if mark.message and mark.status != FULL else words


def claims(marked: Iterable[Marked]) -> list[tuple[str, str]]:
    """The students with a mark of 0 for what reads as passed in their notebooks, and why it is 0."""
    return [
        (each.student, f"{mark.exercise} reads passed in the notebook, and here: {explained(mark)}")
        for each in marked
        for mark in each.marks
        if mark.claimed
    ]


def listed(lines: Iterable[str]) -> str:
    items = "\n".join(f"<li>{line}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else "<p>None.</p>"


def table(name: str, value: str, rows: Iterable[str]) -> str:
    head = f"<th scope='col'>{name}</th><th scope='col' class='number'>{value}</th><td></td>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def row(name: str, value: str, share: float) -> str:
    """A name, a number, and a bar that shows it."""
    bar = f"<i style='width: {100 * share:.1f}%'></i>"
    return f"<tr><th scope='row'>{name}</th><td class='number'>{value}</td><td class='bar'>{bar}</td></tr>\n"


def totals(marked: Iterable[Marked]) -> str:
    """How the points are spread."""
    points = [sum(mark.points for mark in each.marks) for each in marked]
    if not points:
        return ""
    out_of = next(sum(mark.out_of for mark in each.marks) for each in marked)
    width = -(-(out_of + 1) // BINS)  # of a bin, in points
    bins = Counter(total // width for total in points)
    most = max(bins.values())
    rows = [
        row(f"{low}" if width == 1 else f"{low} to {min(low + width - 1, out_of)}", str(count), count / most)
        for number in range(out_of // width + 1)
        for low, count in [(number * width, bins[number])]
    ]
    said = f"<p>Points, of {out_of}: {mean(points):.1f} on average, median {median(points):g}.</p>"
    return said + table("Points", "Students", rows)


def items(marks: Sequence[Mark], exercises: Sequence[str]) -> str:
    """How many tried and solved each exercise, and what stopped the others."""
    rows = []
    for name in exercises:
        own = [mark for mark in marks if mark.exercise == name]
        tried = sum(mark.status not in UNTRIED for mark in own)
        right = sum(mark.points > 0 for mark in own)
        stops = Counter(mark.status for mark in own if mark.status not in (*USUAL, *UNTRIED))
        small = ", ".join(f"{status}: {count}" for status, count in sorted(stops.items()))
        share = right / max(tried, 1)
        said = f"{right} of {tried}, {100 * share:.0f} %"
        rows.append(row(f"<code>{name}</code><br><small>{small}</small>", said, share))
    return table("Exercise", "Right, of those who tried", rows)


def misconceptions(marks: Iterable[Mark]) -> str:
    """Each that was caught, the commonest first."""
    caught = Counter((mark.exercise, mark.misconception) for mark in marks if mark.misconception)
    return listed(
        f"<strong>{count} × {escape(which)}</strong> in <code>{name}</code><br>"
        f"{escape(EXERCISES[name].misconceptions[which].says)}"
        for (name, which), count in sorted(caught.items(), key=lambda each: (-each[1], each[0]))
    )


def page_of(student: str) -> str:
    return f"<a href='feedback/{slug(student)}.html'>{escape(student)}</a>"


def stopped(marked: Iterable[Marked]) -> list[str]:
    """Whom to look at first: everybody with a status out of the usual."""
    lines = []
    for each in sorted(marked):
        names: dict[str, list[str]] = {}
        for mark in each.marks:
            if mark.status not in USUAL and not mark.owner:
                names.setdefault(mark.status, []).append(f"<code>{mark.exercise}</code>")
        said = [
            status if len(which) == len(each.marks) else f"{status} in {', '.join(which)}"
            for status, which in names.items()
        ]
        if said:
            lines.append(f"{page_of(each.student)}: {'; '.join(said)}")
    return lines


def borrowed(marked: Iterable[Marked], readers: Mapping[str, str]) -> Iterable[str]:
    """Right answers to tasks of others; of a whole class, some wrong answer fits one by chance."""
    for each in sorted(marked):
        for mark in each.marks:
            if mark.owner:
                whose = readers.get(mark.owner)
                said = page_of(whose) if whose else f"{escape(mark.owner)!r}, who is not on the roster"
                yield f"{page_of(each.student)} answers, in <code>{mark.exercise}</code>, the task of {said}"


def alike(marked: Iterable[Marked]) -> Iterator[str]:
    """Submissions whose answers have nearly the same tokens, as many as can be read."""
    for each in pairs({each.student: each.answers for each in marked})[:LISTED]:
        yield f"{page_of(each.one)} and {page_of(each.other)}: {100 * each.likeness:.0f} % of their tokens"
