"""Mark a class: one journal of finished submissions, to which lines are only ever added.

A run that was interrupted, by whatever, goes on where its journal ends. The journal belongs to one seed, one
set of exercises and one version of the grader; a submission that changed, or whose reader did, is marked
again.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import IO, Any, NamedTuple

from tqdm import tqdm

import cnnlab
from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.marking import Mark, Submission, mark, read
from cnnlab.grading.sandbox import Plain
from cnnlab.grading.submissions import Archive, Folder, Student, Unreadable


class Marked(NamedTuple):
    """A submission and its marks: a line of the journal."""

    student: str
    key: str  # of the file's content and the reader: what the marks depend on
    marks: list[Mark]
    answers: str  # the statements that its answers rest on, to compare with those of others
    seconds: float


class Journal:
    """The file that keeps what is finished, whatever happens next."""

    def __init__(self, path: Path, run: dict[str, Any]) -> None:
        """ValueError where the file belongs to another run."""
        lines = whole_lines(path)
        if lines and json.loads(lines[0]) != run:
            raise ValueError(
                f"{path} belongs to a run with another seed or other exercises: choose another --out"
            )
        self.done = {line["student"]: restored(line) for line in map(json.loads, lines[1:])}
        self.path = path
        self.lock = threading.Lock()
        if not lines:
            self.write(run)

    def write(self, line: dict[str, Any]) -> None:
        with self.lock, self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def add(self, marked: Marked) -> None:
        marked = marked._replace(marks=[each._replace(detail="") for each in marked.marks])
        self.write(marked._asdict() | {"marks": [each._asdict() for each in marked.marks]})
        self.done[marked.student] = marked


def whole_lines(path: Path) -> list[bytes]:
    """The lines that were finished; half a one, of a run that was killed while it wrote, is cut off."""
    if not path.exists():
        return []
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    return whole.splitlines()


def restored(line: dict[str, Any]) -> Marked:
    return Marked(**line | {"marks": [Mark(**each) for each in line["marks"]]})


class Class:
    """A class to be marked: who is in it, where its notebooks are, on what exercises, by which seed."""

    def __init__(
        self, students: Sequence[Student], files: dict[str, str], notebooks: Folder | Archive,
        exercises: Sequence[str], seed: str,
    ) -> None:  # fmt: skip
        self.students, self.files, self.notebooks = students, files, notebooks
        self.exercises, self.seed = list(exercises), seed

    @property
    def run(self) -> dict[str, Any]:
        """What all marks depend on. The seed is there as a hash of a hash, which is no use to anybody."""
        seed = hashlib.pbkdf2_hmac("sha256", self.seed.encode(), b"cnnlab", 100_000).hex()
        return {"cnnlab": cnnlab.__version__, "exercises": self.exercises, "seed": seed}

    def mark(self, sandbox: Plain, student: Student, done: Marked | None) -> Marked | None:
        """The marks of one student; None where `done` holds them already."""
        started = time.monotonic()
        key, submission = "", Submission([], [], "")
        try:
            with self.notebooks.open(self.files[student.student]) as file:
                key = fingerprint(file, student)
                if done and done.key == key:
                    return None
                submission = read(sandbox, file)
        except Unreadable as problem:
            key, submission = f"unreadable {problem}", Submission([], [], str(problem))
        others = [other.reader for other in self.students if other != student]
        marks = [
            mark(sandbox, submission, name, self.seed, student.reader, others) for name in self.exercises
        ]
        answers = submission.answers(self.exercises)
        return Marked(student.student, key, marks, answers, round(time.monotonic() - started, 3))


def fingerprint(file: IO[bytes], student: Student) -> str:
    digest = hashlib.sha256(student.reader.encode(errors="surrogateescape"))
    while chunk := file.read(2**20):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def mark_all(group: Class, journal: Journal, sandbox: Callable[[int], Plain], jobs: int) -> list[Marked]:
    """Mark everybody who handed something in, `jobs` at a time, each in a sandbox of its worker."""
    free: queue.SimpleQueue[Plain] = queue.SimpleQueue()
    for worker in range(jobs):
        free.put(sandbox(worker))

    def one(student: Student) -> None:
        own = free.get()
        try:
            if marked := group.mark(own, student, journal.done.get(student.student)):
                journal.add(marked)
        finally:
            free.put(own)

    handed_in = [student for student in group.students if student.student in group.files]
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(one, student) for student in handed_in]
        try:
            for future in tqdm(as_completed(futures), total=len(futures), desc="graded", unit="notebook"):
                future.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [journal.done[student.student] for student in handed_in]


def chosen(notebooks: Folder | Archive, names: Sequence[str]) -> list[str]:
    """The exercises of the chapters that at least half of the notebooks are of: a few cannot add to them."""
    votes: dict[str, int] = {}
    for name in names:
        try:
            with notebooks.open(name) as file:
                data = file.read()
        except Unreadable:
            continue
        for chapter in {each.chapter for each in EXERCISES.values() if asks(data, each)}:
            votes[chapter] = votes.get(chapter, 0) + 1
    chapters = {chapter for chapter, count in votes.items() if 2 * count >= len(names)}
    return [each.name for each in EXERCISES.values() if each.chapter in chapters]


def asks(data: bytes, exercise: core.Exercise) -> bool:
    drawn = isinstance(exercise, core.DrawnExercise)
    return (f"{exercise.name}_answer" if drawn else f"def {exercise.name}(").encode() in data
