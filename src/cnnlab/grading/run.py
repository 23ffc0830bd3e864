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
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from tqdm import tqdm

import cnnlab.exercises
import cnnlab.grading
from cnnlab.exercises import EXERCISES, core
from cnnlab.grading.marking import Mark, Submission, mark, read
from cnnlab.grading.sandbox import Plain
from cnnlab.grading.submissions import Archive, Folder, Student, Unreadable


class Marked(NamedTuple):
    """A submission and its marks: a line of the journal."""

    student: str
    key: str  # of the file's content, its reader and those of the class: what the marks depend on
    marks: list[Mark]
    answers: str  # the statements that its answers rest on, to compare with those of others
    seconds: float


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


class Class:
    """A class to be marked: who is in it, where its notebooks are, on what exercises, by which seed."""

    def __init__(
        self, students: Sequence[Student], files: dict[str, str], notebooks: Folder | Archive,
        exercises: Sequence[str], seed: str,
    ) -> None:  # fmt: skip
        self.students, self.files, self.notebooks = students, files, notebooks
        self.exercises, self.seed = list(exercises), seed
        self.stopping = threading.Event()  # set, no exercise is begun any more

    @property
    def run(self) -> dict[str, Any]:
        """What all marks depend on. The seed is there as a hash of a hash, which is no use to anybody."""
        seed = hashlib.pbkdf2_hmac("sha256", self.seed.encode(), b"cnnlab", 100_000).hex()
        return {"cnnlab": cnnlab.__version__, "code": code(), "exercises": self.exercises, "seed": seed}

    def mark(self, sandbox: Plain, student: Student, done: Marked | None) -> Marked | None:
        """The marks of one student; None where `done` holds them already, or it was stopped."""
        started = time.monotonic()
        others = sorted(other.reader for other in self.students if other != student)
        try:
            with self.notebooks.open(self.files[student.student]) as file:
                key = fingerprint(file, [student.reader, *others])
                if done and done.key == key:
                    return None
                submission = read(sandbox, file)
        except Unreadable as problem:
            key, submission = f"unreadable {problem}", Submission([], [], str(problem))
        marks = []
        for name in self.exercises:
            if self.stopping.is_set():
                return None
            marks.append(mark(sandbox, submission, name, self.seed, student.reader, others))
        answers = submission.answers(self.exercises)
        return Marked(student.student, key, marks, answers, round(time.monotonic() - started, 3))


def code() -> str:
    """A fingerprint of the exercises and of the grader."""
    digest = hashlib.sha256()
    for package in (cnnlab.exercises, cnnlab.grading):
        for path in sorted(Path(package.__path__[0]).glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def fingerprint(file: IO[bytes], readers: Sequence[str]) -> str:
    digest = hashlib.sha256(json.dumps(readers).encode())
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
        wait(pool, [pool.submit(one, student) for student in handed_in], group.stopping)
    return [journal.done[student.student] for student in handed_in]


def wait(pool: ThreadPoolExecutor, futures: Sequence[Future[None]], stopping: threading.Event) -> None:
    """Until all are done, with a bar; on any error, Ctrl-C among them, what has not begun is left."""
    try:
        for future in tqdm(as_completed(futures), total=len(futures), desc="graded", unit="notebook"):
            future.result()
    except BaseException:
        stopping.set()
        pool.shutdown(cancel_futures=True)
        raise


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
