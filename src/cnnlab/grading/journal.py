"""What is finished, whatever happens next: a file to which lines are only ever added.

A run that was interrupted, by whatever, goes on where its journal ends. The journal belongs to one seed, one
set of exercises and one version of the grader; a submission that changed, or whose reader did, is marked
again. So the marks are a function of the submissions, the roster and the seed, however often it stopped.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cnnlab.grading.marking import Mark, Marked

JOURNAL = "journal.jsonl"
FAILED = "grader failed"  # tried again by the next run


class Journal:
    """The marks that are finished, by student, and the file that keeps them."""

    def __init__(self, path: Path, run: dict[str, Any]) -> None:
        """ValueError where the file belongs to another run."""
        if path.exists():
            os.truncate(path, len(finished(path)))  # the next line shall not go on with half a one
        lines = whole_lines(path)
        if lines and lines[0] != run:
            raise ValueError(
                f"{path} belongs to a run with another seed, other exercises, other --seconds, another "
                "--handout, --python, --shard or version of cnnlab: choose another --out"
            )
        self.done = marks_in(lines)
        self.path = path
        if not lines:
            self.write(run)

    def write(self, line: Mapping[str, Any]) -> None:
        with naming(self.path), self.path.open("ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def add(self, marked: Marked) -> None:
        marked = marked._replace(marks=[each._replace(detail="") for each in marked.marks], skipped=[])
        self.write(marked._asdict() | {"marks": [each._asdict() for each in marked.marks]})
        self.done[marked.student] = marked

    def is_done(self, student: str, key: str) -> bool:
        """Whether the student has marks for the submission with that fingerprint."""
        known = self.done.get(student)
        return known is not None and known.key == key and all(each.status != FAILED for each in known.marks)


def marks_in(lines: list[dict[str, Any]]) -> dict[str, Marked]:
    marked = (
        Marked(**line | {"marks": [Mark(**each) for each in line["marks"]]})
        for line in lines[1:]
        if "marks" in line
    )
    return {each.student: each for each in marked}


def whole_lines(path: Path) -> list[dict[str, Any]]:
    """The lines that were finished; half a one, left when power or disk ended, is as if it were not there."""
    lines = []
    for line in finished(path).splitlines():
        with suppress(ValueError):  # the disk was full in the middle, and had room again for the next
            lines.append(json.loads(line))
    return lines


def finished(path: Path) -> bytes:
    data = path.read_bytes() if path.exists() else b""
    return data[: data.rfind(b"\n") + 1]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """A full disk does not say which; this does."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """The folder of results, made where it is missing, for one run at a time."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "journal.lock").open("ab") as file:
        try:
            lock(file.fileno())
        except BlockingIOError as error:
            raise ValueError(
                f"another run is writing into {folder}: let it end, or choose another --out"
            ) from error
        yield


def lock(descriptor: int) -> None:
    """Take a file for this process alone, until it is closed; BlockingIOError where another one has it."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
