"""A class in parts: each marked by a run of its own, wherever, and then one table of all of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cnnlab.exercises import EXERCISES
from cnnlab.grading.journal import JOURNAL, Journal, marks_in, whole_lines
from cnnlab.grading.marking import Marked
from cnnlab.grading.roster import Student
from cnnlab.grading.run import Told, header


class Shard(NamedTuple):
    """A part of a class: every so many-th student of the roster."""

    number: int = 1
    of: int = 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def part(self, students: Sequence[Student]) -> list[Student]:
        return list(students[self.number - 1 :: self.of])


class Part(NamedTuple):
    """What a finished run has left in its folder."""

    folder: Path
    run: dict[str, Any]
    marks: dict[str, Marked]
    readers: dict[str, str]  # of who handed something in; two with one notebook have one
    roster: str

    @property
    def shard(self) -> Shard:
        return Shard(*map(int, self.run["shard"].split("/")))


def digest(students: Sequence[Student]) -> str:
    return hashlib.sha256(json.dumps(students).encode()).hexdigest()[:16]


def finish(journal: Journal, handed_in: Sequence[Student], roster: Sequence[Student]) -> None:
    """The line that ends the journal of a finished run."""
    readers = {student.student: student.reader for student in handed_in}
    journal.write({"finished": readers, "roster": digest(roster)})


def part(folder: Path) -> Part:
    """What a run has left; ValueError where it was not one, or has not come to its end."""
    lines = whole_lines(folder / JOURNAL)
    if not lines or not {*Told._fields} <= lines[0].keys():
        raise ValueError(f"{folder} is not the --out of a run: it has no {JOURNAL}")
    if "finished" not in lines[-1]:
        raise ValueError(f"the run in {folder} (--shard {lines[0]['shard']}) has not ended: give it again")
    return Part(folder, lines[0], marks_in(lines), lines[-1]["finished"], lines[-1]["roster"])


def merged(
    folders: Sequence[Path], students: Sequence[Student], seed: str
) -> tuple[list[Student], list[Marked], list[str]]:
    """Students, marks and exercises as one run has them; ValueError where a part is not of the class."""
    parts = [part(folder) for folder in folders]
    told = Told(**{key: parts[0].run[key] for key in Told._fields})
    for each in parts:
        run = header(seed, told._replace(shard=each.run["shard"]))
        if difference := foreign(each, run, digest(students)):
            raise ValueError(f"{each.folder} does not belong to this class: it was marked with {difference}")
    complete(parts)
    readers = {student: reader for each in parts for student, reader in each.readers.items()}
    marks = {student: each.marks[student] for each in parts for student in each.readers}
    known = [student._replace(reader=readers.get(student.student, student.reader)) for student in students]
    return known, [marks[student.student] for student in known if student.student in marks], told.exercises


DIFFERENT = {
    "seed": "another seed",
    "exercises": "other exercises",
    "handout": "another --handout",
    "seconds": "other --seconds",
    "python": "another --python",
    "cnnlab": "another version of cnnlab",
    "code": "another version of cnnlab",
}


def foreign(each: Part, run: dict[str, Any], roster: str) -> str:
    """In what a part differs from the class; empty where it belongs to it."""
    different = [said for key, said in DIFFERENT.items() if each.run.get(key) != run[key]]
    different += ["another roster"] * (each.roster != roster)
    different += ["exercises that are not here"] * (not EXERCISES.keys() >= {*each.run["exercises"]})
    return next(iter(different), "")


def complete(parts: Sequence[Part]) -> None:
    """ValueError where a shard is missing, or there twice."""
    sizes = Counter(each.shard.of for each in parts)
    if len(sizes) > 1:
        raise ValueError(f"shards of different sizes: {', '.join(f'{p.folder} is {p.shard}' for p in parts)}")
    count = Counter(each.shard.number for each in parts)
    of = parts[0].shard.of
    if missing := [f"{number}/{of}" for number in range(1, of + 1) if not count[number]]:
        raise ValueError(f"shards are missing: {', '.join(missing)}")
    if twice := [f"{number}/{of}" for number, times in count.items() if times > 1]:
        raise ValueError(f"shards are there twice: {', '.join(twice)}")
