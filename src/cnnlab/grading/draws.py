"""Whose task it is that a wrong number answers: somebody else's, or nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.marking import Mark, Marked
from cnnlab.grading.roster import Student

BORROWED = "someone else's draw"


def owned(marked: Sequence[Marked], students: Sequence[Student]) -> list[Marked]:
    """The marks of the whole class; those of answers to the task of another name say so."""
    readers = {student.student: student.reader for student in students}
    wrong = sorted({mark.exercise for each in marked for mark in each.marks if is_strange(mark)})
    owners = {name: owners_of(name, marked, readers) for name in wrong}
    return [
        each._replace(marks=[told(mark, each.reader, readers[each.student], owners) for mark in each.marks])
        for each in marked
    ]


def is_strange(mark: Mark) -> bool:
    """Whether it is of a wrong number which no known mistake explains."""
    return bool(mark.given) and not mark.points and not mark.misconception


def owners_of(name: str, marked: Iterable[Marked], readers: Mapping[str, str]) -> dict[str, str]:
    """For each number that is right for somebody, the first reader for whom it is."""
    known = {
        readers[each.student]: mark.right for each in marked for mark in each.marks if mark.exercise == name
    }
    last_first = sorted(set(readers.values()), reverse=True)
    return {known.get(reader) or right_for(name, reader): reader for reader in last_first}


@lru_cache(maxsize=10_000)  # most notebooks that call their reader otherwise call it the same
def right_for(name: str, reader: str) -> str:
    """The right number for a reader's task."""
    exercise = EXERCISES[name]
    return str(core.expect(exercise.reference, exercise.draw_cases(core.tidy(reader))[0]))


def told(mark: Mark, called: str, reader: str, owners: Mapping[str, Mapping[str, str]]) -> Mark:
    """The mark; of a number that is right for what the notebook calls its reader or for another, so told."""
    if not is_strange(mark):
        return mark
    own = called if called and right_for(mark.exercise, called) == mark.given else ""
    owner = own or owners[mark.exercise].get(mark.given, "")
    if not owner:
        return mark
    message = f"This answers the task of another name. Yours is drawn for {reader!r}: is that your READER?"
    return mark._replace(status=BORROWED, message=message, owner=owner)
