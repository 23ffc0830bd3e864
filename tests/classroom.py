"""A class to grade: notebooks of the chapters, in each some exercises answered, and what goes with them."""

from __future__ import annotations

import asyncio
import copy
import csv
import sys
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell

from book._tools import chapters
from cnnlab.exercises import EXERCISES
from cnnlab.grading.__main__ import main

SEED = "a seed that nobody guesses"


def in_a_loop_of_its_own(cell: Coroutine[Any, Any, Any]) -> Any:
    """What an awaiting cell gives. A test's browser may hold this thread's loop; at home nothing does."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(asyncio.run, cell).result()


def notebook_shell() -> InteractiveShell:
    """A notebook's shell, where a cell runs as a student's does."""
    with main_given_back():
        return InteractiveShell(loop_runner=in_a_loop_of_its_own)


@contextmanager
def at_work(shell: InteractiveShell) -> Iterator[InteractiveShell]:
    """The shell as a kernel has it, where its names are those of `__main__`."""
    with main_given_back():
        sys.modules["__main__"] = shell.user_module
        yield shell


@contextmanager
def main_given_back() -> Iterator[None]:
    """Processes of other tests are begun from `__main__`; a shell that is reset leaves none that can."""
    main = sys.modules["__main__"]
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def names_of(chapter: str) -> list[str]:
    return [name for name, each in EXERCISES.items() if each.chapter == chapter]


def points_of(names: Iterable[str]) -> int:
    return sum(EXERCISES[name].points for name in names)


@cache
def committed(chapter: str) -> Any:
    """A chapter as students get it, without its outputs."""
    book = chapters.read(chapters.chapters([chapter])[0])
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    return book


def notebook(chapter: str, solved: Iterable[str] = (), reader: str = "reader", **own: str) -> bytes:
    """A chapter with the exercises in `solved` solved, those in `own` answered by their sources."""
    wanted = {name: EXERCISES[name].solution() for name in solved} | own
    book = copy.deepcopy(committed(chapter))
    for stub, check in zip(book.cells, book.cells[1:], strict=False):
        if "setup" in chapters.tags(stub):
            stub.source = stub.source.replace('READER = "reader"', f"READER = {reader!r}")
        if "exercise" in chapters.tags(stub) and (name := chapters.exercise_name(check)) in wanted:
            stub.source = wanted.pop(name)
    assert not wanted, f"chapter {chapter} does not ask {sorted(wanted)}"
    text: str = nbformat.writes(book)
    return text.encode()


class Classroom:
    """A folder with submissions, a roster and a seed, and the command run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "results"
        self.lines: list[tuple[str, str, str]] = []
        (folder / "submissions").mkdir(parents=True)
        (folder / "seed.txt").write_text(SEED)

    def hand_in(self, student: str, data: bytes | None, reader: str = "reader", file: str = "") -> None:
        """A student on the roster; without data, one who has handed in nothing."""
        file = file or f"{len(self.lines):03}.ipynb"
        self.lines.append((student, file, reader))
        if data is not None:
            path = self.folder / "submissions" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with (self.folder / "roster.csv").open("w", newline="", encoding="utf-8") as roster:
            csv.writer(roster).writerows([("student", "file", "reader"), *self.lines])

    def files(self) -> list[Path]:
        return [path for path in (self.folder / "submissions").rglob("*") if path.is_file()]

    def arguments(self, *more: str) -> list[str]:
        given = {"roster": self.folder / "roster.csv", "seed-file": self.folder / "seed.txt", "out": self.out}
        options = [word for name, value in given.items() for word in (f"--{name}", str(value))]
        return [str(self.folder / "submissions"), *options, *more]

    def grade(self, *more: str) -> dict[str, dict[str, str]]:
        """The lines of `grades.csv`, by student."""
        assert main(self.arguments(*more)) == 0
        return self.grades()

    def grades(self) -> dict[str, dict[str, str]]:
        with (self.out / "grades.csv").open(newline="", encoding="utf-8") as file:
            return {line["student"]: line for line in csv.DictReader(file)}
