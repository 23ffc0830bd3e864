"""Find the submissions: a folder of notebooks, or the archive that a learning platform hands out.

Nothing is extracted: a member of an archive is read under its own name, whatever that pretends to be, and
copied into a file without a name. Links, pipes and devices are not opened.
"""

from __future__ import annotations

import csv
import os
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

LIMIT = 200 * 2**20  # bytes of a notebook
MEMBERS = 20_000  # of an archive


class Student(NamedTuple):
    """A line of the roster."""

    student: str
    file: str  # the notebook's name in the folder or archive, or that of the folder it lies in
    reader: str  # the name that *count it* draws from


class Unreadable(Exception):
    """Why a submission cannot be opened, for its student to read."""


class Folder:
    """Notebooks under a folder, by their names relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.names = sorted(
            os.path.relpath(os.path.join(folder, name), root)
            for folder, _, names in os.walk(root)
            for name in names
        )

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        try:  # without waiting for the other end of a pipe
            descriptor = os.open(self.root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError as error:
            raise Unreadable(f"The file cannot be opened: {error.strerror}.") from error
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable("It is not a file.")
            if status.st_size > LIMIT:
                raise Unreadable(f"It is larger than {LIMIT // 2**20} MiB.")
            with unpacked(file) as notebook:
                yield notebook


class Archive:
    """Notebooks in a `.zip`, by their names in it."""

    def __init__(self, path: Path) -> None:
        self.archive = zipfile.ZipFile(path)
        members = self.archive.infolist()
        if len(members) > MEMBERS:
            raise ValueError(f"{path} has {len(members)} members; more than {MEMBERS} are not read")
        self.names = sorted(member.filename for member in members if not member.is_dir())

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        with member(self.archive, name) as file, unpacked(file) as notebook:
            yield notebook


@contextmanager
def member(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """A copy of a member in a file without a name, read no further than `LIMIT`, whatever it declares."""
    with tempfile.TemporaryFile() as copy:
        try:
            with archive.open(name) as source:
                while chunk := source.read(2**20):
                    copy.write(chunk)
                    if copy.tell() > LIMIT:
                        raise Unreadable(f"It is larger than {LIMIT // 2**20} MiB.")
        except (
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
            ValueError,
        ) as error:
            raise Unreadable(f"It cannot be taken out of its archive: {type(error).__name__}.") from error
        copy.seek(0)
        yield copy


@contextmanager
def unpacked(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """The file itself or, where it is an archive, the one notebook in it."""
    start = file.read(4)
    file.seek(0)
    if start != b"PK\x03\x04":
        yield file
        return
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise Unreadable("It is an archive that cannot be read.") from error
    names = [name for name in archive.namelist()[:MEMBERS] if is_notebook(name)]
    if len(names) != 1:
        raise Unreadable(f"It is an archive of {len(names)} notebooks; hand in one.")
    with member(archive, names[0]) as notebook:
        yield notebook


def is_notebook(name: str) -> bool:
    """By its name; what macOS and Jupyter keep beside a notebook does not count."""
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__MACOSX")) and part not in (".", "..") for part in path.parts)
    return path.suffix.casefold() == ".ipynb" and not hidden


def source(path: Path) -> Folder | Archive:
    """What the command was given; ValueError for what is neither folder nor archive."""
    if path.is_dir():
        return Folder(path)
    if zipfile.is_zipfile(path):
        return Archive(path)
    raise ValueError(f"{path} is neither a folder nor a .zip")


def roster(path: Path) -> list[Student]:
    """The class, by student. Columns: `student`, `file` and, where it is not the student's name, `reader`."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file))
    for number, line in enumerate(lines, start=2):
        if not (line.get("student") and line.get("file")):
            raise ValueError(f"{path}, line {number}: a student and a file are needed; got {dict(line)}")
    students = [
        Student(line["student"], line["file"], line.get("reader") or line["student"]) for line in lines
    ]
    for column in ("student", "file"):
        values = [getattr(student, column) for student in students]
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise ValueError(f"{path}: {column} {twice[0]!r} stands in it {values.count(twice[0])} times")
    return sorted(students)


def handed_in(students: list[Student], names: list[str]) -> tuple[dict[str, str], list[str]]:
    """The file of each student, by student; and the notebooks that nobody on the roster has handed in."""
    files: dict[str, str] = {}
    for student in students:
        own = [
            name for name in names if name == student.file or name.startswith(student.file.rstrip("/") + "/")
        ]
        notebooks = [name for name in own if is_notebook(name)] or own
        if notebooks:
            files[student.student] = notebooks[-1]
    return files, [name for name in names if is_notebook(name) and name not in files.values()]
