"""Mark a class: what is to be marked, and how one process marks one submission."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import cnnlab.exercises
import cnnlab.grading
from cnnlab.exercises import EXERCISES
from cnnlab.exercises.own import Own, register
from cnnlab.exercises.own import sources as own_sources
from cnnlab.grading.alike import tokens
from cnnlab.grading.choosing import seen
from cnnlab.grading.executors import Opened, results
from cnnlab.grading.handout import Handout
from cnnlab.grading.interpreter import interpreter, this
from cnnlab.grading.journal import FAILED, Journal
from cnnlab.grading.marking import Job, Marked, fingerprint, mark_one, nothing
from cnnlab.grading.notebook import helpers
from cnnlab.grading.sandbox import FILE, Plain, prove
from cnnlab.grading.submissions import Archive, Folder, Student, Unreadable

ROOM = 3 * FILE  # bytes of temporary files that one submission may need


class Workers(NamedTuple):
    """How a process that marks is to make its sandbox, wherever it runs: what passes to it instead of one."""

    kind: type[Plain]
    seconds: int
    python: str  # the path of the sandbox's Python; empty for the process's own
    code: str  # a fingerprint of the grader that its marks are to be those of
    own: Own | None = None  # the instructor's exercises


@cache
def made(workers: Workers) -> Plain:
    """The sandbox of this process, made and proved once; OSError where it cannot be."""
    if workers.own:
        register(workers.own)
    if code() != workers.code:
        raise OSError("a machine of the cluster has another version of cnnlab: its marks would be others")
    python = interpreter(workers.python) if workers.python else this()
    sandbox = workers.kind(os.getpid(), workers.seconds, python, helpers())
    prove(sandbox)
    return sandbox


def call(workers: Workers, job: Job) -> Marked:
    """What a worker does. Of the student's own text what is compared comes back, and not the text."""
    sandbox = made(workers)
    require(ROOM + len(job.notebook))
    marked = mark_one(sandbox, job)
    return marked._replace(answers=tokens(marked.answers))


def require(room: int) -> None:
    """Room for temporary files; without it, a right answer would seem to have crashed."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < room:
        needed = f"{room / 2**20:.0f} MiB are needed for a notebook's run, and {free / 2**20:.0f} are free"
        raise OSError(errno.ENOSPC, f"{needed}: make room, or name another folder in TMPDIR", folder)


class Told(NamedTuple):
    """What a run was told that its marks depend on, beside the seed."""

    exercises: list[str]
    handout: str  # its fingerprint
    seconds: int
    python: str
    shard: str


class Class(NamedTuple):
    """A class to be marked: who is in it, where its notebooks are, on what exercises, by which seed."""

    students: Sequence[Student]
    files: dict[str, str]  # by student
    notebooks: Folder | Archive
    exercises: Sequence[str]
    handout: Handout
    seed: str

    def told(self, seconds: int, python: str, shard: str) -> Told:
        handout = hashlib.sha256(repr(self.handout).encode()).hexdigest()[:16]
        return Told(list(self.exercises), handout, seconds, python, shard)

    @property
    def handed_in(self) -> list[Student]:
        return [student for student in self.students if student.student in self.files]

    def job(self, student: Student) -> Job:
        """A student's submission, or why there is none that can be read; OSError where there is no room."""
        data, problem = b"", ""
        try:
            with self.notebooks.open(self.files[student.student]) as file:
                data = file.read()
        except Unreadable as reason:
            problem = str(reason)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise
            problem = f"{self.files[student.student]} cannot be read: {error}"
        except Exception as error:
            problem = f"{self.files[student.student]} cannot be read: {type(error).__name__}: {error}"
        return Job(
            student.student, student.reader, data, problem, tuple(self.exercises), self.handout, self.seed
        )


def header(seed: str, told: Told) -> dict[str, Any]:
    """What all marks depend on. The seed is there as a hash of a hash, which is no use to anybody."""
    hashed = hashlib.pbkdf2_hmac("sha256", seed.encode(), b"cnnlab", 100_000).hex()
    return {"cnnlab": cnnlab.__version__, "code": code(), "seed": hashed, **told._asdict()}


def code() -> str:
    """A fingerprint of the grader and of the exercises, an instructor's own among them."""
    return hashlib.sha256("".join([shipped(), *own_sources()]).encode()).hexdigest()


@cache
def shipped() -> str:
    digest = hashlib.sha256()
    for package in (cnnlab.exercises, cnnlab.grading):
        for path in sorted(Path(package.__path__[0]).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def mark_all(group: Class, journal: Journal, workers: Workers, opened: Opened) -> list[Marked]:
    """Mark everybody who handed something in and is not in the journal yet, with a bar."""
    handed_in = group.handed_in
    with tqdm(total=len(handed_in), desc="graded", unit="notebook") as bar:

        def waiting() -> Iterator[Job]:
            for student in handed_in:
                job = group.job(student)
                if not journal.is_done(job.student, fingerprint(job)):
                    yield job
                else:
                    bar.update()

        with closing(results(opened, partial(call, workers), waiting())) as ended:
            for job, marked in ended:
                journal.add(failed(job, marked) if isinstance(marked, Exception) else marked)
                bar.update()
    return [journal.done[student.student] for student in handed_in]


def failed(job: Job, error: Exception) -> Marked:
    """The marks of a submission that the grader could not deal with."""
    said = f"The grader itself failed on this file: {type(error).__name__}: {error}"
    marks = [nothing(name, FAILED, said) for name in job.exercises]
    return Marked(job.student, fingerprint(job), marks, "", "", 0.0)


def chosen(notebooks: Folder | Archive, names: Sequence[str]) -> list[str]:
    """The exercises of the chapter that more than half of the files are of, if there is one.

    A notebook is of the chapter that asks most of what is in it: one chapter may define what another asks.
    """
    votes: Counter[str] = Counter()
    for name in names:
        asked = {exercise for _, data in notebooks.begun(name) for exercise in seen(data).asked}
        found = Counter(EXERCISES[each].chapter for each in sorted(asked))
        votes.update([chapter for chapter, _ in found.most_common(1)])
    return [each.name for each in EXERCISES.values() if 2 * votes[each.chapter] > len(names)]
