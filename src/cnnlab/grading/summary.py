"""The class on one page, for its instructor: what it found hard, what it believed, what to look at."""

from __future__ import annotations

import io
import tokenize
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import combinations
from statistics import mean, median

from rapidfuzz.distance import Indel

from cnnlab.exercises import EXERCISES
from cnnlab.grading.marking import Mark, Marked
from cnnlab.grading.outcome import FULL
from cnnlab.grading.page import PAGE, slug
from cnnlab.grading.submissions import Student

NOTHING = "nothing handed in"
USUAL = (FULL, "not attempted")
UNTRIED = ("not attempted", "unreadable file")
BINS = 10  # of the totals, at most
ALIKE = 0.95  # of their tokens in common, in the same order: submissions to look at side by side
SHORT = 80  # tokens: of less, honest answers are alike
LISTED = 100  # pairs
LETTERS = 0xD800  # that Python can count on: what follows are half letters


def summary(students: Sequence[Student], found: Mapping[str, Marked], exercises: Sequence[str]) -> str:
    marks = [mark for each in found.values() for mark in each.marks]
    readers = {student.reader: student.student for student in students}
    parts = {
        "Exercises": items(marks, exercises),
        "Misconceptions": misconceptions(marks),
        "What stopped": listed(stopped(found.values())),
        "Somebody else's draw": listed(borrowed(found.values(), readers)),
        "Nearly the same": listed(pairs(found.values())),
        "Nothing handed in": listed(escape(each.student) for each in students if each.student not in found),
    }
    body = f"<p>{len(found)} of {len(students)} students have handed in.</p>" + totals(found.values())
    body += "".join(f"<h2>{title}</h2>\n{part}\n" for title, part in parts.items())
    return PAGE.format(title="The class", body=body)


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


def pairs(marked: Iterable[Marked]) -> Iterable[str]:
    """Submissions whose answers have nearly the same tokens, the most alike first."""
    texts = [(each.student, tokens(each.answers)) for each in sorted(marked)]
    texts = [(student, text) for student, text in texts if len(text) >= SHORT]
    alike = [
        (-likeness, one, other)
        for (one, first), (other, second) in combinations(texts, 2)
        if (likeness := Indel.normalized_similarity(first, second, score_cutoff=ALIKE))
    ]
    for likeness, one, other in sorted(alike)[:LISTED]:
        yield f"{page_of(one)} and {page_of(other)}: {-100 * likeness:.0f} % of their tokens"


def tokens(text: str) -> str:
    """A letter for each token; all names are one, so that renaming hides nothing."""
    kinds = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    try:
        found = [
            "name" if token.string.isidentifier() else token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type not in kinds
        ]
    except (tokenize.TokenError, SyntaxError):
        return ""
    return "".join(chr(zlib.crc32(token.encode()) % LETTERS) for token in found)
