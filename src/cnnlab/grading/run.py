"""Mark a class: one journal of finished submissions, to which lines are only ever added.

A run that was interrupted, by whatever, goes on where its journal ends. The journal belongs to one seed, one
set of exercises and one version of the grader; a submission that changed, or whose reader did, is marked
again. So the marks are a function of the submissions, the roster and the seed, however often it stopped.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, wait
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import cnnlab.exercises
import cnnlab.grading
from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.handout import Handout
from cnnlab.grading.interpreter import Interpreter
from cnnlab.grading.marking import Job, Mark, Marked, fingerprint, mark_one
from cnnlab.grading.notebook import transformer
from cnnlab.grading.sandbox import Plain
from cnnlab.grading.submissions import Archive, Folder, Student, Unreadable


class Journal:
    """The file that keeps what is finished, whatever happens next."""

    def __init__(self, path: Path, run: dict[str, Any]) -> None:
        """ValueError where the file belongs to another run."""
        lines = whole_lines(path)
        if lines and lines[0] != run:
            raise ValueError(
                f"{path} belongs to a run with another seed, other exercises, other --seconds or another "
                "version of cnnlab: choose another --out"
            )
        self.done = {line["student"]: restored(line) for line in lines[1:]}
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


def whole_lines(path: Path) -> list[dict[str, Any]]:
    """The lines that were finished; half a one, left when power or disk ended, is as if it were not there."""
    data = path.read_bytes() if path.exists() else b""
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        os.truncate(path, len(whole))
    lines = []
    for line in whole.splitlines():
        with suppress(ValueError):  # the disk was full in the middle, and had room again for the next
            lines.append(json.loads(line))
    return lines


def restored(line: dict[str, Any]) -> Marked:
    return Marked(**line | {"marks": [Mark(**each) for each in line["marks"]]})


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder of results, made where it is missing, for one run at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ValueError(
            f"another run is writing into {folder}: let it end, or choose another --out"
        ) from error
    finally:
        os.close(descriptor)


class Workers(NamedTuple):
    """How a process that marks is to make its sandbox: what passes to it instead of the sandbox."""

    kind: type[Plain]
    seconds: int
    python: Interpreter

    @property
    def sandbox(self) -> Plain:
        return made(self)


@cache
def made(workers: Workers) -> Plain:
    """The sandbox of this process, made once."""
    return workers.kind(os.getpid(), workers.seconds, workers.python, transformer())


def call(workers: Workers, job: Job) -> Marked:
    """What a worker does, wherever it runs."""
    return mark_one(workers.sandbox, job)


class Class(NamedTuple):
    """A class to be marked: who is in it, where its notebooks are, on what exercises, by which seed."""

    students: Sequence[Student]
    files: dict[str, str]  # by student
    notebooks: Folder | Archive
    exercises: Sequence[str]
    handout: Handout
    seed: str

    @property
    def run(self) -> dict[str, Any]:
        """What all marks depend on. The seed is there as a hash of a hash, which is no use to anybody."""
        seed = hashlib.pbkdf2_hmac("sha256", self.seed.encode(), b"cnnlab", 100_000).hex()
        return {"cnnlab": cnnlab.__version__, "code": code(), "exercises": list(self.exercises), "seed": seed}

    def job(self, student: Student) -> Job:
        """A student's submission, or why there is none that can be read."""
        data, problem = b"", ""
        try:
            with self.notebooks.open(self.files[student.student]) as file:
                data = file.read()
        except Unreadable as reason:
            problem = str(reason)
        except Exception as error:
            problem = f"{self.files[student.student]} cannot be read: {type(error).__name__}: {error}"
        return Job(student.student, student.reader, data, problem, tuple(self.exercises), self.handout, self.seed)


def code() -> str:
    """A fingerprint of the exercises and of the grader."""
    digest = hashlib.sha256()
    for package in (cnnlab.exercises, cnnlab.grading):
        for path in sorted(Path(package.__path__[0]).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def mark_all(group: Class, journal: Journal, workers: Workers, pool: Executor, ahead: int) -> list[Marked]:
    """Mark everybody who handed something in, some jobs `ahead` of those that are at work, with a bar."""
    handed_in = [student for student in group.students if student.student in group.files]
    jobs = (group.job(student) for student in handed_in)
    waiting = (job for job in jobs if not is_done(journal, job))
    with tqdm(total=len(handed_in), desc="graded", unit="notebook") as bar:
        running = {pool.submit(call, workers, job) for job in islice(waiting, ahead)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                journal.add(future.result())
                bar.update()
            running |= {pool.submit(call, workers, job) for job in islice(waiting, len(done))}
    return [journal.done[student.student] for student in handed_in]


def is_done(journal: Journal, job: Job) -> bool:
    return job.student in journal.done and journal.done[job.student].key == fingerprint(job)


def chosen(notebooks: Folder | Archive, names: Sequence[str]) -> list[str]:
    """The exercises of the chapter that more than half of the notebooks are of, if there is one.

    A notebook is of the chapter that asks most of what is in it: one chapter may define what another asks.
    """
    votes: Counter[str] = Counter()
    for name in names:
        found = Counter(each.chapter for each in asked(notebooks, name))
        votes.update([chapter for chapter, _ in found.most_common(1)])
    return [each.name for each in EXERCISES.values() if 2 * votes[each.chapter] > len(names)]


def newest(notebooks: Folder | Archive, names: Sequence[str], exercises: Sequence[str]) -> str:
    """Of a student's files, in the order of their versions, the last that asks the most of the exercises."""
    if len(names) == 1:
        return names[0]
    return max(
        reversed(names),
        key=lambda name: sum(each.name in exercises for each in asked(notebooks, name)),
    )


def asked(notebooks: Folder | Archive, name: str) -> list[core.Exercise]:
    """The exercises in a file, going by its bytes: it is parsed in the sandbox only."""
    try:
        with notebooks.open(name) as file:
            data = file.read()
    except Unreadable:
        return []
    return [each for each in EXERCISES.values() if asks(data, each)]


def asks(data: bytes, exercise: core.Exercise) -> bool:
    drawn = isinstance(exercise, core.DrawnExercise)
    return (f"{exercise.name}_answer" if drawn else f"def {exercise.name}(").encode() in data
